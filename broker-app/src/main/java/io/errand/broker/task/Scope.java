package io.errand.broker.task;

import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a lock or a revocation is about: exactly one member of {@code {agent|owner|person|task|task_tree|tool|issuer|lease|all}}.
 *
 * @param value the name, or the id in its canonical form; for {@code all} it is {@code true}
 */
public record Scope(Kind kind, String value) {

    /**
     * In SQL, whether a row of {@code lock} stands and stops what a row {@code named} names: {@code agent}, {@code owner},
     * {@code person}, {@code task} and {@code root}, each a text, and {@code issuers} and {@code tools}, arrays of texts; null: nothing
     * of that kind. A lease is only ever revoked. Uses the index lock_standing; standing locks are a handful of rows.
     */
    public static final String STOPS = Stream.of(Kind.values())
            .map(kind -> "(lock.kind = '" + kind.word() + "' AND " + kind.stops + ")")
            .collect(Collectors.joining(" OR ", "(lock.lifted_at IS NULL AND (", "))"));

    private static final int MAX_VALUE = "person:".length() + 64 + Names.MAX_SUBJECT_BYTES;

    /**
     * What it is the name of. A person is {@code person:<issuer>:<sub>}; a task tree is named by any task in it; an issuer by its
     * registered name, and it is that of whoever showed one of its tokens: a workload, a person, or an actor above.
     */
    public enum Kind {
        AGENT("t.agent = :id", "l.agent = :id", "lock.value = named.agent"),
        OWNER("t.owner = :id", "lock.value = named.owner"),
        PERSON("t.subject = :id", "lock.value = named.person"),
        TASK("t.id = :id::uuid", "l.task_id = :id::uuid", "lock.value = named.task"),
        TASK_TREE("t.root_id = :id::uuid", "lock.value = named.root"),
        TOOL("false", "l.tool = :id", "lock.value = ANY (named.tools)"),
        ISSUER(
                "(t.issuer = :id OR starts_with(t.subject, 'person:' || :id || ':')"
                        + " OR EXISTS (SELECT 1 FROM unnest(t.identities) AS shown WHERE starts_with(shown, :id || ':')))",
                "lock.value = ANY (named.issuers)"),
        LEASE("false", "l.id = :id::uuid", "false"),
        /** Whatever was begun with tokens of one identity, {@code <issuer>:<subject>}; it is ended, and never locked or ordered. Uses task_shown. */
        WORKLOAD("t.identities @> ARRAY[:id::text]", "false"),
        ALL("true", "true", "true");

        private final String tasks;
        private final String leases;
        private final String stops;

        Kind(String tasks, String stops) {
            this(tasks, "EXISTS (SELECT 1 FROM task t WHERE t.id = l.task_id AND " + tasks + ")", stops);
        }

        Kind(String tasks, String leases, String stops) {
            this.tasks = tasks;
            this.leases = leases;
            this.stops = stops;
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

    public static Scope agent(String name) {
        return new Scope(Kind.AGENT, name);
    }

    public static Scope task(UUID id) {
        return new Scope(Kind.TASK, id.toString());
    }

    /** As it was stored. */
    public static Scope stored(String word, String value) {
        return new Scope(Kind.valueOf(word.toUpperCase(Locale.ROOT)), value);
    }

    public static Result<Scope> of(@Nullable Map<String, Object> json) {
        if (json == null || json.size() != 1) {
            return bad();
        }
        Map.Entry<String, Object> only = json.entrySet().iterator().next();
        for (Kind kind : Kind.values()) {
            if (kind != Kind.WORKLOAD && kind.word().equals(only.getKey())) {
                return value(kind, only.getValue());
            }
        }
        return bad();
    }

    private static Result<Scope> value(Kind kind, @Nullable Object value) {
        if (kind == Kind.ALL) {
            return Boolean.TRUE.equals(value) ? Result.ok(new Scope(kind, "true")) : bad();
        }
        if (!(value instanceof String text && !text.isBlank() && text.length() <= MAX_VALUE)) {
            return bad();
        }
        return switch (kind) {
            case TASK, TASK_TREE, LEASE ->
                Ids.parse(text)
                        .map(id -> Result.ok(new Scope(kind, id.toString())))
                        .orElseGet(() ->
                                Result.refused(Problem.invalidMember("scope", "scope." + kind.word() + " is an id.")));
            case AGENT, OWNER, PERSON, TOOL, ISSUER, WORKLOAD, ALL -> Result.ok(new Scope(kind, text));
        };
    }

    /** As it is sent. */
    public Map<String, Object> json() {
        return Map.of(kind.word(), kind == Kind.ALL ? true : value);
    }

    /** The agent that it names; null: it is of another kind. */
    public @Nullable String agent() {
        return kind == Kind.AGENT ? value : null;
    }

    private static Result<Scope> bad() {
        return Result.refused(Problem.invalidMember(
                "scope",
                "scope has exactly one member: agent, owner, person, task, task_tree, tool, issuer or lease with a name or id,"
                        + " or all with true."));
    }
}
