package io.errand.broker.agent;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A question that this room asks upwards: which tools are registered. */
public interface KnownTools {

    /** The actions of a tool; empty: there is none of that name. */
    Optional<Set<String>> actions(String tool);

    /** Names that a wrong one may have been meant for. */
    List<String> nearest(String tool);
}
