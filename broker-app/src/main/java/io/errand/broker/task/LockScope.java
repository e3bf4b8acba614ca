package io.errand.broker.task;

import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a lock or a revocation is about: exactly one member of {@code {agent|owner|person|task|task_tree|tool|issuer|lease|all}}.
 *
 * @param value the name or id; for {@code all} it is {@code true}
 */
public record LockScope(Kind kind, String value) {

    /**
     * In SQL, whether a row of {@code lock} stands and stops what a row {@code named} names: {@code agent}, {@code owner},
     * {@code person}, {@code task} and {@code root}, each a text, and {@code issuers} and {@code tools}, arrays of texts; null: nothing
     * of that kind. A lease is only ever revoked. Uses the index lock_standing; standing locks are a handful of rows.
     */
    public static final String STOPS = """
            (lock.lifted_at IS NULL AND (
                   lock.kind = 'all'
                OR (lock.kind = 'agent' AND lock.value = named.agent)
                OR (lock.kind = 'owner' AND lock.value = named.owner)
                OR (lock.kind = 'person' AND lock.value = named.person)
                OR (lock.kind = 'task' AND lock.value = named.task)
                OR (lock.kind = 'task_tree' AND lock.value = named.root)
                OR (lock.kind = 'issuer' AND lock.value = ANY (named.issuers))
                OR (lock.kind = 'tool' AND lock.value = ANY (named.tools))))
            """;

    private static final int MAX_VALUE = "person:".length() + 64 + Names.MAX_SUBJECT_BYTES;

    /**
     * What it is the name of. A person is {@code person:<issuer>:<sub>}; a task tree is named by any task in it; an issuer by its
     * registered name, and it is that of whoever showed one of its tokens: a workload, a person, or an actor above.
     */
    public enum Kind {
        AGENT("t.agent = :id", "l.agent = :id"),
        OWNER("t.owner = :id"),
        PERSON("t.subject = :id"),
        TASK("t.id = :id::uuid", "l.task_id = :id::uuid"),
        TASK_TREE("t.root_id = :id::uuid"),
        TOOL("false", "l.tool = :id"),
        ISSUER("(t.issuer = :id OR starts_with(t.subject, 'person:' || :id || ':')"
                + " OR EXISTS (SELECT 1 FROM unnest(t.identities) AS shown WHERE starts_with(shown, :id || ':')))"),
        LEASE("false", "l.id = :id::uuid"),
        ALL("true", "true");

        private final String tasks;
        private final String leases;

        Kind(String tasks) {
            this(tasks, "EXISTS (SELECT 1 FROM task t WHERE t.id = l.task_id AND " + tasks + ")");
        }

        Kind(String tasks, String leases) {
            this.tasks = tasks;
            this.leases = leases;
        }

        /** In SQL, whether a row {@code t} of {@code task} is itself of the scope with the value {@code :id}. */
        public String tasks() {
            return tasks;
        }

        /** In SQL, whether a row {@code l} of {@code lease} is. */
        public String leases() {
            return leases;
        }

        /** As it is stored and sent. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static Result<LockScope> of(@Nullable Map<String, Object> json) {
        if (json == null || json.size() != 1) {
            return bad();
        }
        Map.Entry<String, Object> only = json.entrySet().iterator().next();
        for (Kind kind : Kind.values()) {
            if (kind.word().equals(only.getKey())) {
                return value(kind, only.getValue());
            }
        }
        return bad();
    }

    private static Result<LockScope> value(Kind kind, @Nullable Object value) {
        if (kind == Kind.ALL) {
            return Boolean.TRUE.equals(value) ? Result.ok(new LockScope(kind, "true")) : bad();
        }
        return value instanceof String text && !text.isBlank() && text.length() <= MAX_VALUE
                ? Result.ok(new LockScope(kind, text))
                : bad();
    }

    /** As it is sent. */
    public Map<String, Object> json() {
        return Map.of(kind.word(), kind == Kind.ALL ? true : value);
    }

    private static Result<LockScope> bad() {
        return Result.refused(Problem.invalidMember(
                "scope",
                "scope has exactly one member: agent, owner, person, task, task_tree, tool, issuer or lease with a name or id,"
                        + " or all with true."));
    }
}
