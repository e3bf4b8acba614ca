package io.errand.broker.tasktype;

import io.errand.broker.tool.Tool;
import java.util.Optional;
import java.util.Set;

/** The public face of this room. */
public interface TaskTypes {

    /** Empty: nobody registered it, and a task of that type is kept to nothing beyond its agent's ceiling. */
    Optional<TaskType> named(String name);

    /** Of these actions on a tool, those that a task of the type may take, as it is registered now. */
    default Set<String> within(String type, Tool tool, Set<String> actions) {
        return named(type).map(known -> known.within(tool.name(), actions)).orElse(actions);
    }

    /** Whether the type is still what was read, seen in the transaction under way; changes wait until grants are over. */
    boolean isStill(String name, Optional<TaskType> read);
}
