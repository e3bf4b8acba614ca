package io.errand.broker.risk;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The public face of this room: how risky is it held to be? */
public interface Risks {

    /** From 0 to 100: the most of what task type, tool and data say, and the points of every signal on top of it. */
    int of(Access access);

    /** Whether it is still that, seen in the transaction under way; signals wait until grants are over. */
    boolean isStill(Access access, int risk);

    /**
     * What is asked for.
     *
     * @param agents whoever asks, and those above it
     * @param root the tree that it is in; empty: it begins one
     * @param type of the task
     * @param datatypes classes of data; null: all that the tool has
     */
    record Access(
            List<String> agents,
            Optional<UUID> root,
            String type,
            Tool tool,
            @Nullable List<String> datatypes) {

        /** Of a task that is there. */
        public static Access of(Task task, Tool tool, @Nullable List<String> datatypes) {
            return new Access(task.chain(), Optional.of(task.root()), task.type(), tool, datatypes);
        }

        /** The same, with the classes of data of its ceiling. */
        public static Access of(Task task, Tool tool) {
            return of(
                    task,
                    tool,
                    task.ceiling().stream()
                            .filter(detail -> detail.identifier().equals(tool.name()))
                            .findFirst()
                            .map(AuthorizationDetail::datatypes)
                            .orElse(null));
        }
    }
}
