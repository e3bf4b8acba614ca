package io.errand.broker.tool;

import java.util.List;

/** A question that this room asks upwards: which issuers are registered. */
public interface KnownIssuers {

    boolean isRegistered(String name);

    /** Names that a wrong one may have been meant for. */
    List<String> nearest(String name);
}
