package io.errand.broker.agent;

import io.errand.api.ToolProbe;
import java.util.List;

/** A question that this room asks upwards before a draft begins: do the bindings of its tools work? */
public interface ActivationProbes {

    /** One for each tool of its ceiling, by name; no transaction is open while targets are asked. */
    List<ToolProbe> of(Agent agent, String who);
}
