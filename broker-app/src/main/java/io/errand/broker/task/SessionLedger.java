package io.errand.broker.task;

import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.task.Sessions.Memory;
import io.errand.broker.task.Sessions.Use;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The sessions of one transaction, in memory until it writes. Used by one thread. */
final class SessionLedger implements Sessions.Ledger {

    private static final Tally NEVER = new Tally(0, 0, 0, false);

    private final SessionTable table;
    private final Map<UUID, Map<Mark, Tally>> known = new HashMap<>();
    private final Map<UUID, Map<Mark, Long>> added = new HashMap<>();

    SessionLedger(SessionTable table) {
        this(table, Map.of());
    }

    SessionLedger(SessionTable table, Map<UUID, Map<Mark, Tally>> read) {
        this.table = table;
        known.putAll(read);
    }

    /** @param what {@code label}, {@code tool} or {@code count} */
    record Mark(String what, String name) {

        /** Of others it is enough to know that they were there. */
        boolean isCounted() {
            return what.equals("count");
        }
    }

    /**
     * How often, as long as it is kept, within the window, and within a day.
     *
     * @param isFresh whether some of it is of the slot that is written now
     */
    record Tally(long ever, long recent, long day, boolean isFresh) {

        boolean isEverywhere() {
            return recent > 0 && day > 0;
        }

        Tally oneMore() {
            return new Tally(ever + 1, recent + 1, day + 1, true);
        }
    }

    /** What is written. */
    record Row(UUID session, Mark mark, long n) {}

    @Override
    public void take(Sessions.Key key) {
        table.lock(key.parts());
    }

    @Override
    public Supplier<Set<Sessions.Key>> take(Collection<Sessions.Key> keys, boolean patiently, RoundTrip trip) {
        Set<UUID> wanted = parts(keys);
        Supplier<Set<UUID>> mine = table.lock(wanted, patiently, trip);
        return table.tallies(wanted, trip, found -> {
            Set<UUID> kept = mine.get();
            known.putAll(found);
            // What somebody else holds may be another thing in a moment.
            known.keySet().removeIf(session -> wanted.contains(session) && !kept.contains(session));
            return keys.stream().filter(key -> kept.containsAll(key.parts())).collect(Collectors.toUnmodifiableSet());
        });
    }

    private static Set<UUID> parts(Collection<Sessions.Key> keys) {
        return keys.stream().flatMap(key -> key.parts().stream()).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Override
    public void read(Collection<Sessions.Key> keys) {
        Set<UUID> unread = parts(keys);
        unread.removeAll(known.keySet());
        if (!unread.isEmpty()) {
            known.putAll(table.tallies(unread));
        }
    }

    @Override
    public Memory memory(Sessions.Key key) {
        Map<Mark, Tally> tree = key.root().map(this::of).orElse(Map.of());
        Map<Mark, Tally> actor = of(key.actor());
        Map<Mark, Tally> agent = of(key.everywhere());
        Set<String> labels = new HashSet<>();
        Set<String> personLabels = new HashSet<>();
        Set<String> tools = new HashSet<>();
        Map<String, Long> counters = new HashMap<>();
        Set<Mark> all = new HashSet<>(tree.keySet());
        all.addAll(actor.keySet());
        all.addAll(agent.keySet());
        for (Mark mark : all) {
            long inTree = tree.getOrDefault(mark, NEVER).ever();
            Tally byActor = actor.getOrDefault(mark, NEVER);
            // The larger of the two, not the sum: what this tree did is part of what its agent did.
            long inSession = Math.max(inTree, byActor.recent());
            long anywhere = Math.max(inSession, agent.getOrDefault(mark, NEVER).recent());
            switch (mark.what()) {
                case "label" -> {
                    put(labels, mark.name(), anywhere);
                    put(personLabels, mark.name(), inSession);
                }
                case "tool" -> put(tools, mark.name(), anywhere);
                default -> {
                    put(counters, mark.name(), inSession);
                    put(counters, "task:" + mark.name(), inTree);
                    put(counters, "day:" + mark.name(), byActor.day());
                }
            }
        }
        return new Memory(labels, personLabels, tools, counters);
    }

    private Map<Mark, Tally> of(UUID session) {
        return known.getOrDefault(session, Map.of());
    }

    private static void put(Set<String> set, String name, long count) {
        if (count > 0) {
            set.add(name);
        }
    }

    private static void put(Map<String, Long> counters, String name, long count) {
        if (count > 0) {
            counters.put(name, count);
        }
    }

    @Override
    public Memory add(Sessions.Key key, Use use) {
        List<Mark> marks = new ArrayList<>(List.of(new Mark("tool", use.tool())));
        use.labels().forEach(label -> marks.add(new Mark("label", label)));
        use.counters().forEach(counter -> marks.add(new Mark("count", counter)));
        Set<UUID> learning = key.learning();
        boolean isOld = key.parts().stream()
                .allMatch(session -> remembered(marks, learning.contains(session))
                        .allMatch(mark -> of(session).getOrDefault(mark, NEVER).isEverywhere()));
        Memory before = isOld ? Memory.NOTHING : memory(key);
        for (UUID session : key.parts()) {
            for (Mark mark : remembered(marks, learning.contains(session)).toList()) {
                Map<Mark, Tally> tallies = known.computeIfAbsent(session, id -> new HashMap<>());
                Tally tally = tallies.getOrDefault(mark, NEVER);
                tallies.put(mark, tally.oneMore());
                if (mark.isCounted() || !tally.isFresh()) {
                    added.computeIfAbsent(session, id -> new HashMap<>()).merge(mark, 1L, Long::sum);
                }
            }
        }
        return isOld ? Memory.NOTHING : memory(key).without(before);
    }

    /** Limits are the tree's and the person's; what was learnt is the agent's too. */
    private static Stream<Mark> remembered(List<Mark> marks, boolean isLearning) {
        return marks.stream().filter(mark -> !isLearning || !mark.isCounted());
    }

    @Override
    public void write() {
        List<Row> rows = new ArrayList<>();
        added.forEach((session, marks) -> marks.forEach((mark, n) -> rows.add(new Row(session, mark, n))));
        added.clear();
        if (!rows.isEmpty()) {
            table.write(rows);
        }
    }
}
