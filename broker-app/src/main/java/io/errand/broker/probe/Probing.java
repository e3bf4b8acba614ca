package io.errand.broker.probe;

import io.errand.broker.agent.Agent;
import io.errand.broker.tool.Tool;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be probed.
 *
 * @param action the one that the credential is for
 * @param agent the draft whose activation asks for it; null: somebody asks about the tool itself
 * @param who asked
 */
record Probing(Tool tool, String action, @Nullable Agent agent, String who) {

    /** By what an action may do, the least first; what nobody classified comes last. */
    private static final List<String> KINDS = List.of("read", "write", "export", "execute", "admin");

    /** The least of the tool's actions among some; empty: it has none of them. */
    static Optional<String> least(Tool tool, Set<String> among) {
        return tool.actions().stream()
                .filter(among::contains)
                .min(Comparator.comparingInt((String action) -> rank(tool, action))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** One that is named as its kind is of that kind, where nobody says otherwise. */
    private static int rank(Tool tool, String action) {
        int kind = KINDS.indexOf(tool.kinds().getOrDefault(action, action));
        return kind < 0 ? KINDS.size() : kind;
    }
}
