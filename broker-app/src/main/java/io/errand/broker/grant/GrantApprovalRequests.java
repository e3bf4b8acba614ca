package io.errand.broker.grant;

import io.errand.api.ApprovalView;
import io.errand.api.TaskDeclaration;
import io.errand.broker.approval.GrantApprovalRequest;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.TaskLimits;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts an exchange into the words of an approval: everything that will be granted by it. */
final class GrantApprovalRequests {

    private GrantApprovalRequests() {}

    static GrantApprovalRequest of(
            Caller caller,
            RequestedTask requestedTask,
            List<PermittedAccess> permittedAccess,
            List<ApprovalView.Need> needs) {
        String self = "agent:" + caller.agent().name();
        String subject = caller.subjectName();
        TaskDeclaration said = requestedTask.declaration();
        Optional<Task> existing = requestedTask.existing();
        return new GrantApprovalRequest(
                caller.agent(),
                caller.workload().issuer(),
                caller.workload().subject(),
                caller.binding().map(KeyBinding::cnf).orElse(null),
                chain(subject, requestedTask, self),
                subject.startsWith("person:") ? Optional.of(subject) : Optional.empty(),
                new GrantApprovalRequest.Job(
                        existing.map(Task::id).orElse(null),
                        existing.map(Task::expiresAt).orElse(null),
                        requestedTask.type(),
                        requestedTask.purpose(),
                        ttl(said, requestedTask.longest(caller.agent())),
                        requestedTask.context(),
                        said.promptSha256(),
                        said.fingerprint()),
                permittedAccess.stream().map(GrantApprovalRequests::access).toList(),
                needs);
    }

    /** For whom, then those through whom it came, then the agent; whoever acts for itself is there once. */
    private static List<String> chain(String subject, RequestedTask requestedTask, String self) {
        List<String> chain = new ArrayList<>();
        requestedTask.bounds().map(TaskLimits::actors).orElse(List.of()).forEach(actor -> chain.add("agent:" + actor));
        chain.add(self);
        if (!chain.getFirst().equals(subject)) {
            chain.addFirst(subject);
        }
        return chain;
    }

    /** As it is asked for, whenever it is collected: what is left of something else shortens it then. */
    private static Duration ttl(TaskDeclaration said, Duration most) {
        return said.ttl() == null || said.ttl().compareTo(most) > 0 ? most : said.ttl();
    }

    private static GrantApprovalRequest.Access access(PermittedAccess permittedAccess) {
        return new GrantApprovalRequest.Access(
                permittedAccess.requestedAccess().tool(),
                permittedAccess.requestedAccess().granted(),
                permittedAccess.ttl(),
                permittedAccess.policies(),
                permittedAccess.breakGlass().orElse(null));
    }
}
