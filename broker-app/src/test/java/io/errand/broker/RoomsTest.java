package io.errand.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.PageBlock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModule;
import org.springframework.modulith.core.ApplicationModules;

/** The rooms and arrows of the design, held against the code. */
class RoomsTest {

    /** What each room may use; {@code shared} is everybody's. A room that is not listed must not exist. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("shared", Set.of()),
            Map.entry("key", Set.of()),
            Map.entry("audit", Set.of("key")),
            Map.entry("identity", Set.of("audit")),
            Map.entry("agent", Set.of("identity", "audit")),
            Map.entry("credential", Set.of("key")),
            Map.entry("tool", Set.of("credential", "audit")),
            Map.entry("task", Set.of("agent", "tool", "audit")),
            Map.entry("lock", Set.of("task", "audit")),
            Map.entry("policy", Set.of("agent", "tool", "task", "audit")),
            Map.entry("approval", Set.of("policy", "agent", "tool", "task", "audit")),
            Map.entry("lease", Set.of("credential", "tool", "task", "lock", "key", "audit")),
            Map.entry("introspection", Set.of("credential", "key")),
            Map.entry(
                    "exchange",
                    Set.of(
                            "key",
                            "audit",
                            "identity",
                            "agent",
                            "credential",
                            "tool",
                            "task",
                            "lock",
                            "policy",
                            "approval",
                            "lease")),
            Map.entry("evaluation", Set.of("task", "agent", "tool", "policy", "lock", "approval", "lease", "audit")),
            Map.entry("signal", Set.of("agent", "task", "lock", "approval", "audit")),
            Map.entry(
                    "console",
                    Set.of(
                            "key",
                            "audit",
                            "identity",
                            "agent",
                            "credential",
                            "tool",
                            "task",
                            "lock",
                            "policy",
                            "approval",
                            "lease",
                            "evaluation",
                            "signal")));

    private final ApplicationModules modules = ApplicationModules.of(Errand.class);

    @Test
    void roomsUseOnlyEachOthersFaces() {
        modules.verify();
    }

    @Test
    void noArrowOutsideTheDesign() {
        Map<String, Set<String>> undrawn = new TreeMap<>();
        for (ApplicationModule room : modules) {
            String name = room.getIdentifier().toString();
            Set<String> used = room.getDirectDependencies(modules)
                    .uniqueModules()
                    .map(other -> other.getIdentifier().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
            used.removeAll(MAY_USE.getOrDefault(name, Set.of()));
            used.remove("shared");
            if (!used.isEmpty() || !MAY_USE.containsKey(name)) {
                undrawn.put(name, used);
            }
        }

        assertThat(undrawn).isEmpty();
    }

    /** The picture leaves out what follows from its other arrows. */
    @Test
    void thePictureForReadersHasTheseArrows() {
        Map<String, Set<String>> drawn = new TreeMap<>();
        PageBlock.of("docs/architecture.md", "arrows")
                .text()
                .lines()
                .filter(line -> line.contains("-->"))
                .map(line -> line.strip().split(" --> "))
                .forEach(arrow -> drawn.put(arrow[0], Set.of(arrow[1].split(" & "))));

        Map<String, Set<String>> mayUse = new TreeMap<>(MAY_USE);
        mayUse.remove("shared");
        for (Map.Entry<String, Set<String>> room : mayUse.entrySet()) {
            assertThat(reachable(drawn, room.getKey())).as(room.getKey()).containsAll(room.getValue());
            assertThat(room.getValue()).as(room.getKey()).containsAll(drawn.getOrDefault(room.getKey(), Set.of()));
        }
    }

    private static Set<String> reachable(Map<String, Set<String>> arrows, String from) {
        Set<String> reached = new TreeSet<>();
        Deque<String> next = new ArrayDeque<>(arrows.getOrDefault(from, Set.of()));
        while (!next.isEmpty()) {
            String room = next.pop();
            if (reached.add(room)) {
                next.addAll(arrows.getOrDefault(room, Set.of()));
            }
        }
        return reached;
    }
}
