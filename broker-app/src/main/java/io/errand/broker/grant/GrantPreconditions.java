package io.errand.broker.grant;

import io.errand.broker.agent.Agents;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.database.SqlPipeline;
import io.errand.broker.database.SqlPipeline.Hold;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.Issuers;
import io.errand.broker.lock.Locks;
import io.errand.broker.tasktype.TaskTypes;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * Holds, for the transaction of a grant, everything that the decision relied on (locks, session, policies), and checks that none
 * of it has changed since.
 */
@Component
class GrantPreconditions {

    private final Issuers issuers;
    private final Agents agents;
    private final Tools tools;
    private final TaskTypes taskTypes;
    private final Locks locks;
    private final PolicyCheck policyCheck;
    private final SessionMarks sessionMarks;
    private final SqlPipeline trips;

    GrantPreconditions(
            Issuers issuers,
            Agents agents,
            Tools tools,
            TaskTypes taskTypes,
            Locks locks,
            PolicyCheck policyCheck,
            SessionMarks sessionMarks,
            SqlPipeline trips) {
        this.issuers = issuers;
        this.agents = agents;
        this.tools = tools;
        this.taskTypes = taskTypes;
        this.locks = locks;
        this.policyCheck = policyCheck;
        this.sessionMarks = sessionMarks;
        this.trips = trips;
    }

    /** In the transaction under way; {@code permitted} if nothing stops it and nothing has changed. */
    GrantStep<List<PermittedAccess>> hold(Caller caller, RequestedTask requestedTask, List<PermittedAccess> permitted) {
        List<Tool> wanted =
                permitted.stream().map(p -> p.requestedAccess().tool()).toList();
        Kept kept = kept(caller, requestedTask, permitted, wanted);
        if (kept.lock().isPresent()) {
            return GrantStep.stop(Refusal.locked(kept.lock().get()));
        }
        if (!issuers.hold(caller.identities().stream().map(Identity::issuer).toList())) {
            return changed("issuer_deleted", "an issuer of what was shown was deleted while this was decided");
        }
        if (!agents.hold(caller.agent())) {
            return changed("agent_changed", "the agent was changed while this was decided");
        }
        if (!tools.hold(wanted)) {
            return changed("tool_changed", "a tool was changed while this was decided");
        }
        if (!taskTypes.isStill(requestedTask.type(), requestedTask.registered())) {
            return changed("task_type_changed", "the task's type was changed while this was decided");
        }
        if (!policyCheck.stands(permitted, caller, requestedTask)) {
            return changed("policy_changed", "the policies or the risk were changed while this was decided");
        }
        return kept.session()
                ? GrantStep.pass(permitted)
                : changed("session_changed", "the session was marked while this was decided");
    }

    /**
     * @param lock what stops it
     * @param session whether it is still what was decided on
     */
    private record Kept(Optional<Locks.Lock> lock, boolean session) {}

    private Kept kept(Caller caller, RequestedTask requestedTask, List<PermittedAccess> permitted, List<Tool> wanted) {
        Hold<?, Optional<Locks.Lock>> unlocked = locks.holding(LockSubjects.of(
                caller, requestedTask, wanted.stream().map(Tool::name).toList()));
        return sessionMarks
                .holding(caller, requestedTask, permitted)
                .map(session -> trips.hold(unlocked, session, Kept::new))
                .orElseGet(() -> new Kept(trips.hold(unlocked), true));
    }

    static <T> GrantStep<T> changed(String reason, String detail) {
        return GrantStep.stop(Refusal.accessDenied(
                reason,
                "The agent, one of its tools, the policies or its session was changed at this moment; try again.",
                detail));
    }
}
