package io.errand.broker.exchange;

import io.errand.api.ApprovalView;
import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.approval.Act;
import io.errand.broker.identity.Binding;
import io.errand.broker.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts an exchange into the words of an approval: everything that will be granted by it. */
final class Acts {

    private Acts() {}

    static Act of(Caller caller, Work work, List<Permitted> permitted, List<ApprovalView.Need> needs) {
        String self = "agent:" + caller.agent().name();
        String subject = caller.subjectName();
        TaskDeclaration said = work.declaration();
        Optional<Task> existing = work.existing();
        return new Act(
                caller.agent(),
                caller.workload().issuer(),
                caller.workload().subject(),
                caller.binding().map(Binding::cnf).orElse(null),
                chain(subject, work, self),
                subject.startsWith("person:") ? Optional.of(subject) : Optional.empty(),
                new Act.Job(
                        existing.map(Task::id).orElse(null),
                        existing.map(Task::expiresAt).orElse(null),
                        work.type(),
                        work.purpose(),
                        ttl(said, caller.agent()),
                        work.context(),
                        said.promptSha256(),
                        said.fingerprint()),
                permitted.stream().map(Acts::access).toList(),
                needs);
    }

    /** For whom, then those through whom it came, then the agent; whoever acts for itself is there once. */
    private static List<String> chain(String subject, Work work, String self) {
        List<String> chain = new ArrayList<>();
        work.bounds().map(Bounds::actors).orElse(List.of()).forEach(actor -> chain.add("agent:" + actor));
        chain.add(self);
        if (!chain.getFirst().equals(subject)) {
            chain.addFirst(subject);
        }
        return chain;
    }

    /** As it is asked for, whenever it is collected: what is left of something else shortens it then. */
    private static Duration ttl(TaskDeclaration said, Agent agent) {
        Duration most = agent.maxTtl();
        return said.ttl() == null || said.ttl().compareTo(most) > 0 ? most : said.ttl();
    }

    private static Act.Access access(Permitted permitted) {
        return new Act.Access(
                permitted.wanted().tool(),
                permitted.wanted().granted(),
                permitted.ttl(),
                permitted.policies(),
                permitted.breakGlass().orElse(null));
    }
}
