package io.errand.broker.lock;

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

    private static final int MAX_VALUE = 600;

    /** What it is the name of. A person is {@code person:<issuer>:<sub>}; a task tree is named by any task in it. */
    public enum Kind {
        AGENT,
        OWNER,
        PERSON,
        TASK,
        TASK_TREE,
        TOOL,
        ISSUER,
        LEASE,
        ALL;

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

    /** As {@link Locks#find} has it. */
    boolean stops(Locks.Subjects subjects) {
        return switch (kind) {
            case ALL -> true;
            case AGENT -> value.equals(subjects.agent());
            case OWNER -> value.equals(subjects.owner());
            case PERSON -> value.equals(subjects.person());
            case TASK -> value.equals(String.valueOf(subjects.task()));
            case TASK_TREE -> value.equals(String.valueOf(subjects.root()));
            case ISSUER -> value.equals(subjects.issuer());
            case TOOL -> subjects.tools().contains(value);
            case LEASE -> false;
        };
    }

    private static Result<LockScope> bad() {
        return Result.refused(Problem.invalidMember(
                "scope",
                "scope has exactly one member: agent, owner, person, task, task_tree, tool, issuer or lease with a name or id,"
                        + " or all with true."));
    }
}
