package io.errand.broker.tasktype;

import io.errand.api.AgentResource;
import io.errand.api.TaskTypeResource;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a task type must be before it is registered. */
final class TaskTypeChecks {

    private static final int MAX_PURPOSE_BYTES = 4 << 10;
    private static final Pattern MEMBER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,62}");

    private TaskTypeChecks() {}

    /** The resource with its defaults, or the first member that is wrong. */
    static Result<TaskTypeResource> check(String name, TaskTypeResource type) {
        Members members = new Members().head("TaskType", type.kind(), name, type.name());
        members.each(
                        "required_context",
                        type.requiredContext(),
                        (at, member) -> members.check(
                                MEMBER.matcher(member).matches(),
                                at,
                                "A member has 1 to 63 characters out of letters, digits, '.', '_' and '-', and begins with"
                                        + " a letter, a digit or '_'."))
                .distinct("required_context", type.requiredContext(), member -> member)
                .duration("max_ttl", type.maxTtl(), Duration.ofSeconds(1), Duration.ofDays(1))
                .names("datatypes", type.datatypes(), 0)
                .number("risk", type.risk(), 0, 100)
                .each(
                        "tools",
                        type.tools(),
                        (at, grant) ->
                                members.name(at + ".tool", grant.tool()).names(at + ".actions", grant.actions(), 1))
                .distinct("tools", type.tools(), AgentResource.ToolGrant::tool);
        purpose(members, type.purpose(), new HashSet<>(orNone(type.requiredContext())));
        return members.then(() -> new TaskTypeResource(
                "TaskType",
                name,
                type.purpose(),
                orNone(type.requiredContext()),
                orNone(type.tools()),
                type.maxTtl(),
                orNone(type.datatypes()),
                type.risk() == null ? 0 : type.risk()));
    }

    private static void purpose(Members members, @Nullable String purpose, Set<String> required) {
        if (purpose == null) {
            return;
        }
        Optional<PurposeTemplate> template = PurposeTemplate.parse(purpose);
        members.text("purpose", purpose, MAX_PURPOSE_BYTES)
                .check(
                        template.isPresent(),
                        "purpose",
                        "Braces stand around the name of a member of the task's context, as in {invoice}, and nowhere else.")
                .check(
                        template.map(PurposeTemplate::members)
                                .filter(required::containsAll)
                                .isPresent(),
                        "purpose",
                        "Every member in braces is one of required_context.");
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
