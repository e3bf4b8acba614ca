package io.errand.broker.agent;

import io.errand.api.AgentActivation;
import io.errand.api.AgentHistoryEntry;
import io.errand.api.AgentTransition;
import io.errand.api.ToolProbe;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/**
 * Activation. The tools of a draft are probed before it begins: nobody depends on them yet. One that was suspended goes on without:
 * its tools were in use, and whoever wakes it may be in a hurry.
 */
@Component
class Activations {

    private final AgentRows rows;
    private final AgentLifecycle lifecycle;
    /** Asked for when it is needed: the room that answers stands above this one. */
    private final ObjectProvider<ActivationProbes> probes;

    Activations(@Lazy AgentRows rows, AgentLifecycle lifecycle, ObjectProvider<ActivationProbes> probes) {
        this.rows = rows;
        this.lifecycle = lifecycle;
        this.probes = probes;
    }

    Result<AgentHistoryEntry> activate(String name, AgentActivation asked, String who) {
        Members members = new Members().text("reason", asked.reason(), AgentLifecycle.MAX_REASON);
        if (asked.withoutProbe() != null) {
            members.text("without_probe", asked.withoutProbe(), AgentLifecycle.MAX_REASON);
        }
        AgentTransition why = new AgentTransition(asked.reason());
        return members.then(() -> rows.findByName(name).map(AgentRow::agent))
                .then(agent -> agent.filter(one -> one.state() == Agent.State.DRAFT)
                        .map(draft -> begin(draft, why, Optional.ofNullable(asked.withoutProbe()), who))
                        .orElseGet(() -> lifecycle.move(name, AgentTransitions.ACTIVATE, why, who)));
    }

    private Result<AgentHistoryEntry> begin(Agent draft, AgentTransition why, Optional<String> without, String who) {
        if (without.isPresent()) {
            return lifecycle.move(
                    draft.name(),
                    AgentTransitions.ACTIVATE,
                    why,
                    new AgentLifecycle.Probed(null, null, without.get()),
                    who);
        }
        List<ToolProbe> found = probes.getObject().of(draft, who);
        List<String> failed =
                found.stream().filter(ToolProbe::hasFailed).map(ToolProbe::tool).toList();
        if (!failed.isEmpty()) {
            return Result.refused(Problem.conflict("The agent '" + draft.name() + "' stays a draft: "
                            + String.join(", ", failed) + (failed.size() == 1 ? " does" : " do")
                            + " not work. Mend what probes says and try again, or say why not in without_probe.")
                    .with("probes", found));
        }
        AgentLifecycle.Probed probed = new AgentLifecycle.Probed(
                draft.version(),
                found.stream()
                        .map(probe -> probe.tool() + ": " + probe.result())
                        .toList(),
                null);
        return lifecycle
                .move(draft.name(), AgentTransitions.ACTIVATE, why, probed, who)
                .then(entry -> Result.ok(entry.withProbes(found)));
    }
}
