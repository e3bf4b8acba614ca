package io.errand.broker.task;

import io.errand.api.TaskDeclaration;
import io.errand.api.ToolResource;
import io.errand.broker.database.SqlPipeline.Hold;
import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.tool.Tool;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The other face of this room: what has been done before. A session is the tree of a task, together with what the same agent did
 * for the same person within {@code errand.session.window}, so that a fresh task does not wash it clean. What an agent has read it
 * knows in whatever tree and for whomever it acts, so labels and tools follow the agent (ADR 10).
 */
public interface Sessions {

    /** What is remembered now. */
    Memory remembered(Key key);

    /**
     * Keeps a session from changing until the transaction that holds this is over, if it is still what was seen.
     *
     * @param marking whether this transaction is going to mark it: then nothing may have changed, otherwise no label
     * @return with the answer false: it has changed, so what was decided on it must be decided again
     */
    Hold<?, Boolean> holding(Key key, Memory seen, boolean marking);

    /** Marks a session in the transaction under way, which holds it; what is new to it is published as {@link SessionMarked}. */
    void mark(Task task, List<Use> uses);

    /**
     * An agent that takes up part of a task learns what its tree knows: its labels go with the agent from here on. In the
     * transaction under way.
     */
    void learn(Task child);

    /** For the transaction under way, in which decisions are made one after the other. */
    Ledger open();

    /**
     * Those of these tasks that are active and whose end has not come, held from when the trip is made against ending until the
     * transaction under way is over, with what each declared.
     */
    Supplier<Map<UUID, TaskDeclaration>> hold(Collection<UUID> tasks, RoundTrip trip);

    /** What was declared when these tasks began. */
    Map<UUID, TaskDeclaration> declared(Collection<UUID> tasks);

    /**
     * Whose session.
     *
     * @param root of the tree; empty: the task is not there yet, and starts its own
     * @param subject for whom: {@code agent:<name>} or {@code person:<issuer>:<sub>}
     * @param above the agents that handed the task down, who learn what comes of it
     */
    record Key(Optional<UUID> root, String agent, String subject, List<String> above) {

        public static Key of(Task task) {
            return new Key(Optional.of(task.root()), task.agent(), task.subject(), task.actors());
        }

        /**
         * What it is made of: the tree, if there is one, the agent with the person, and all agents that learn what it does. Two that
         * share one are decided in turn.
         */
        public Set<UUID> parts() {
            Set<UUID> all = new HashSet<>(learning());
            all.add(actor());
            root.ifPresent(all::add);
            return all;
        }

        UUID actor() {
            // Names have no NUL. Not a secret: MD5 is what the name-based UUID of RFC 9562 §5.3 is made with.
            return UUID.nameUUIDFromBytes((agent + '\0' + subject).getBytes(StandardCharsets.UTF_8));
        }

        /** The agent in any tree, for anybody. */
        UUID everywhere() {
            return everywhere(agent);
        }

        private static UUID everywhere(String agent) {
            // Two NULs: no agent and person have these.
            return UUID.nameUUIDFromBytes((agent + "\0\0").getBytes(StandardCharsets.UTF_8));
        }

        /** Of the parts, those that only labels and tools are remembered for: limits stay with the tree, and with the person. */
        Set<UUID> learning() {
            return agents().stream().map(Key::everywhere).collect(Collectors.toUnmodifiableSet());
        }

        /** Its agent, and those above. */
        public Set<String> agents() {
            Set<String> agents = new HashSet<>(above);
            agents.add(agent);
            return agents;
        }
    }

    /**
     * What is remembered.
     *
     * @param labels of the tree, and of what the agent did in any tree, for anybody
     * @param personLabels those of them that are of the tree, or of what the agent did for the same person
     * @param tools likewise to {@code labels}
     * @param counters how often, by {@code <tool>.<action>}, {@code <tool>.<action>:succeeded} and {@code kind:<kind>}: in the
     *     session; after {@code task:} in the tree; after {@code day:} by the agent for the person in the last 24 hours
     */
    record Memory(Set<String> labels, Set<String> personLabels, Set<String> tools, Map<String, Long> counters) {

        public static final Memory NOTHING = new Memory(Set.of(), Set.of(), Set.of(), Map.of());

        public boolean isEmpty() {
            return labels.isEmpty() && personLabels.isEmpty() && tools.isEmpty() && counters.isEmpty();
        }

        /** @param wholly or in its labels alone */
        public boolean isSame(Memory other, boolean wholly) {
            return wholly ? equals(other) : labels.equals(other.labels) && personLabels.equals(other.personLabels);
        }

        /** What it was before these were added to it. */
        public Memory without(Memory news) {
            return new Memory(
                    minus(labels, news.labels),
                    minus(personLabels, news.personLabels),
                    minus(tools, news.tools),
                    minus(counters, news.counters.keySet()));
        }

        private static Set<String> minus(Set<String> all, Set<String> some) {
            return all.stream().filter(one -> !some.contains(one)).collect(Collectors.toUnmodifiableSet());
        }

        private static Map<String, Long> minus(Map<String, Long> all, Set<String> some) {
            Map<String, Long> rest = new HashMap<>(all);
            rest.keySet().removeAll(some);
            return rest;
        }
    }

    /**
     * Something that was done.
     *
     * @param labels that it leaves
     * @param counters that it raises by one, without a prefix
     */
    record Use(String tool, Set<String> labels, Set<String> counters) {

        /**
         * An action of a tool that is permitted now. It leaves the tool's labels, those of the classes of data that it reaches, and
         * how sensitive these are as {@code data:<level>}.
         *
         * @param datatypes the classes of data that it reaches; empty: any that the tool holds
         */
        public static Use of(Tool tool, String action, Optional<Set<String>> datatypes) {
            Set<String> labels = new HashSet<>(tool.labels());
            if (datatypes.isEmpty()) {
                labels.add("data:" + tool.sensitivity());
            }
            for (ToolResource.Datatype type : tool.datatypes()) {
                if (datatypes.isEmpty() || datatypes.get().contains(type.name())) {
                    labels.add("data:" + (type.sensitivity() == null ? tool.sensitivity() : type.sensitivity()));
                    labels.addAll(type.labels() == null ? List.of() : type.labels());
                }
            }
            String kind = tool.kinds().getOrDefault(action, "unknown");
            return new Use(tool.name(), labels, Set.of(tool.name() + "." + action, "kind:" + kind));
        }

        /** It is known to have succeeded, which leaves no further label. */
        public static Use succeeded(String tool, String action) {
            return new Use(tool, Set.of(), Set.of(tool + "." + action + ":succeeded"));
        }
    }

    /** The sessions of one transaction. What is added is seen by what is asked afterwards, and written at its end. */
    interface Ledger {

        /** Keeps a session for the transaction under way. Waits while another transaction holds it. */
        void take(Key key);

        /**
         * Keeps these sessions for the transaction under way from when the trip is made, and reads them.
         *
         * @param patiently whether to wait for those that another transaction holds
         * @return those that are kept; without patience maybe not all
         */
        Supplier<Set<Key>> take(Collection<Key> keys, boolean patiently, RoundTrip trip);

        /** Reads sessions that are not known yet. */
        void read(Collection<Key> keys);

        Memory memory(Key key);

        /** Answers the labels, tools and counters that the session had not. */
        Memory add(Key key, Use use);

        /** Everything that was added, in one statement. */
        void write();
    }
}
