package io.errand.broker.grant;

import io.errand.api.ToolResource;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.tasktype.TaskType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Keeps access to the classes of data that a task's type works with; tools that tell no classes apart are not concerned. */
final class TypedData {

    private TypedData() {}

    /** Who names no class gets those that every type has, and who names another one gets nothing. */
    static GrantStep<List<RequestedAccess>> within(List<RequestedAccess> asked, List<TaskType> types) {
        Set<String> named = asked.stream()
                .filter(one -> one.datatypes() != null)
                .map(one -> one.tool().name())
                .collect(Collectors.toSet());
        GrantStep<List<RequestedAccess>> kept = GrantStep.pass(asked);
        for (TaskType type : types) {
            kept = kept.then(left -> within(left, type, named));
        }
        return kept;
    }

    private static GrantStep<List<RequestedAccess>> within(
            List<RequestedAccess> asked, TaskType type, Set<String> named) {
        List<RequestedAccess> kept = new ArrayList<>();
        for (RequestedAccess one : asked) {
            List<String> allowed = one.tool().datatypes().stream()
                    .map(ToolResource.Datatype::name)
                    .filter(type.datatypes()::contains)
                    .filter(part -> one.datatypes() == null || one.datatypes().contains(part))
                    .toList();
            if (type.covers(one.tool(), one.datatypes())) {
                kept.add(one);
            } else if (allowed.isEmpty() || named.contains(one.tool().name())) {
                return GrantStep.stop(Refusal.invalidDetails(
                        "part_outside_task_type",
                        "A task of the type " + type.name() + " has no other classes of data than "
                                + String.join(", ", new TreeSet<>(type.datatypes()))
                                + "; name some of them as datatypes."));
            } else {
                kept.add(one.of(allowed));
            }
        }
        return GrantStep.pass(kept);
    }
}
