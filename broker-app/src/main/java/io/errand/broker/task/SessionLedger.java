package io.errand.broker.task;

import io.errand.broker.task.Sessions.Memory;
import io.errand.broker.task.Sessions.Use;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The sessions of one transaction, in memory until it writes. Used by one thread. */
final class SessionLedger implements Sessions.Ledger {

    private static final Tally NEVER = new Tally(0, 0, 0);

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
    record Mark(String what, String name) {}

    /** How often, as long as it is kept, within the window, and within a day. */
    record Tally(long ever, long recent, long day) {

        boolean isEverywhere() {
            return recent > 0 && day > 0;
        }

        Tally oneMore() {
            return new Tally(ever + 1, recent + 1, day + 1);
        }
    }

    /** What is written. */
    record Row(UUID session, Mark mark, long n) {}

    /** The tree, if there is one, and the agent with the person. */
    static List<UUID> sessions(Sessions.Key key) {
        List<UUID> both = new ArrayList<>(List.of(actor(key)));
        key.root().ifPresent(both::add);
        return both;
    }

    private static UUID actor(Sessions.Key key) {
        // Names have no NUL. Not a secret: MD5 is what the name-based UUID of RFC 9562 §5.3 is made with.
        return UUID.nameUUIDFromBytes((key.agent() + '\0' + key.subject()).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Set<Sessions.Key> take(Collection<Sessions.Key> keys, boolean patiently) {
        Set<UUID> wanted = new LinkedHashSet<>();
        keys.forEach(key -> wanted.addAll(sessions(key)));
        Set<UUID> mine = table.lock(wanted, patiently);
        Set<Sessions.Key> taken = new HashSet<>(keys);
        taken.removeIf(key -> !mine.containsAll(sessions(key)));
        return taken;
    }

    @Override
    public void read(Collection<Sessions.Key> keys) {
        Set<UUID> unread = new LinkedHashSet<>();
        keys.forEach(key -> unread.addAll(sessions(key)));
        unread.removeAll(known.keySet());
        if (!unread.isEmpty()) {
            known.putAll(table.tallies(unread));
        }
    }

    @Override
    public Memory memory(Sessions.Key key) {
        Map<Mark, Tally> tree = key.root().map(this::of).orElse(Map.of());
        Map<Mark, Tally> actor = of(actor(key));
        Set<String> labels = new HashSet<>();
        Set<String> tools = new HashSet<>();
        Map<String, Long> counters = new HashMap<>();
        Set<Mark> all = new HashSet<>(tree.keySet());
        all.addAll(actor.keySet());
        for (Mark mark : all) {
            long inTree = tree.getOrDefault(mark, NEVER).ever();
            Tally byActor = actor.getOrDefault(mark, NEVER);
            // The larger of the two, not the sum: what this tree did is part of what its agent did.
            long inSession = Math.max(inTree, byActor.recent());
            switch (mark.what()) {
                case "label" -> put(labels, mark.name(), inSession);
                case "tool" -> put(tools, mark.name(), inSession);
                default -> {
                    put(counters, mark.name(), inSession);
                    put(counters, "task:" + mark.name(), inTree);
                    put(counters, "day:" + mark.name(), byActor.day());
                }
            }
        }
        return new Memory(labels, tools, counters);
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
        boolean isOld = sessions(key).stream()
                .allMatch(session -> marks.stream()
                        .allMatch(mark -> of(session).getOrDefault(mark, NEVER).isEverywhere()));
        Memory before = isOld ? Memory.NOTHING : memory(key);
        for (UUID session : sessions(key)) {
            for (Mark mark : marks) {
                known.computeIfAbsent(session, id -> new HashMap<>())
                        .merge(mark, new Tally(1, 1, 1), (so, one) -> so.oneMore());
                added.computeIfAbsent(session, id -> new HashMap<>()).merge(mark, 1L, Long::sum);
            }
        }
        return isOld ? Memory.NOTHING : memory(key).without(before);
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
