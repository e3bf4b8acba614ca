package io.errand.broker.exchange;

import io.errand.broker.agent.Agents;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.Issuers;
import io.errand.broker.lock.Locks;
import io.errand.broker.shared.RoundTrips;
import io.errand.broker.shared.RoundTrips.Hold;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** What a grant rests on: held for its transaction, and still what it was when the grant was decided on. */
@Component
class Ground {

    private final Issuers issuers;
    private final Agents agents;
    private final Tools tools;
    private final Locks locks;
    private final Judgement judgement;
    private final Remembrance remembrance;
    private final RoundTrips trips;

    Ground(
            Issuers issuers,
            Agents agents,
            Tools tools,
            Locks locks,
            Judgement judgement,
            Remembrance remembrance,
            RoundTrips trips) {
        this.issuers = issuers;
        this.agents = agents;
        this.tools = tools;
        this.locks = locks;
        this.judgement = judgement;
        this.remembrance = remembrance;
        this.trips = trips;
    }

    /** In the transaction under way; {@code permitted} if nothing stops it and nothing has changed. */
    Step<List<Permitted>> hold(Caller caller, Work work, List<Permitted> permitted) {
        List<Tool> wanted = permitted.stream().map(p -> p.wanted().tool()).toList();
        Kept kept = kept(caller, work, permitted, wanted);
        if (kept.lock().isPresent()) {
            return Step.stop(Refusal.locked(kept.lock().get()));
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
        if (!judgement.stands(permitted)) {
            return changed("policy_changed", "the policies were changed while this was decided");
        }
        return kept.session()
                ? Step.pass(permitted)
                : changed("session_changed", "the session was marked while this was decided");
    }

    /**
     * @param lock what stops it
     * @param session whether it is still what was decided on
     */
    private record Kept(Optional<Locks.Lock> lock, boolean session) {}

    private Kept kept(Caller caller, Work work, List<Permitted> permitted, List<Tool> wanted) {
        Hold<?, Optional<Locks.Lock>> unlocked = locks.holding(
                Subjects.of(caller, work, wanted.stream().map(Tool::name).toList()));
        return remembrance
                .holding(caller, work, permitted)
                .map(session -> trips.hold(unlocked, session, Kept::new))
                .orElseGet(() -> new Kept(trips.hold(unlocked), true));
    }

    static <T> Step<T> changed(String reason, String detail) {
        return Step.stop(Refusal.accessDenied(
                reason,
                "The agent, one of its tools, the policies or its session was changed at this moment; try again.",
                detail));
    }
}
