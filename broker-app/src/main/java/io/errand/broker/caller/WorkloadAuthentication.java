package io.errand.broker.caller;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.audit.Audit;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.jwt.IdentityTokens;
import io.github.bucket4j.Bucket;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * An agent that asks about itself, by what it shows at the token endpoint: its workload token, or the X.509-SVID of its connection,
 * and a proof of its key if it sends one. It asks and gets nothing, so no {@code jti} is spent.
 */
@Component
public class WorkloadAuthentication {

    /** At once, and as many again in ten seconds. */
    private static final int BURST = 10;

    private final IdentityTokens tokens;
    private final Agents agents;
    private final ProofOfPossession proofOfPossession;
    private final Audit audit;
    private final Map<UUID, Bucket> rates = new ConcurrentHashMap<>();

    WorkloadAuthentication(IdentityTokens tokens, Agents agents, ProofOfPossession proofOfPossession, Audit audit) {
        this.tokens = tokens;
        this.agents = agents;
        this.proofOfPossession = proofOfPossession;
        this.audit = audit;
    }

    public GrantStep<Caller> of(HttpServletRequest request) {
        DecisionTrace decisionTrace = new DecisionTrace();
        Possession possession = proofOfPossession.read(request);
        GrantStep<Caller> step = proofOfPossession
                .check(possession, null)
                .then(keys -> certified(possession)
                        .then(certificate -> shown(request, certificate)
                                .then(identity -> known(identity, decisionTrace)
                                        .then(agent -> agrees(agent, certificate))
                                        .map(agent -> caller(agent, identity, keys)))));
        if (step instanceof GrantStep.Stopped<Caller>(Refusal refusal)) {
            audit.recordRefusal(decisionTrace
                    .event("agent.ceiling_denied")
                    .outcome("denied")
                    .with("reason", refusal.reason())
                    .with("detail", refusal.detail()));
        }
        return step;
    }

    private static Caller caller(Agent agent, Identity identity, PresentedKeys keys) {
        return new Caller(agent, identity, List.of(), new Caller.Subject.Self(Optional.empty()), keys.binding());
    }

    private GrantStep<Optional<Identity>> certified(Possession possession) {
        return tokens.verifyCertificate(possession.certificates())
                .map(verification -> WorkloadBearer.verified(verification).map(identity -> Optional.of(identity)))
                .orElseGet(() -> GrantStep.pass(Optional.empty()));
    }

    private GrantStep<Identity> shown(HttpServletRequest request, Optional<Identity> certificate) {
        if (request.getHeader("Authorization") == null && certificate.isPresent()) {
            return GrantStep.pass(certificate.get());
        }
        return WorkloadBearer.of(request)
                .then(bearer -> WorkloadBearer.verified(
                        tokens.look(bearer, TokenType.JWT, EnumSet.of(IssuerPurpose.WORKLOAD))));
    }

    private GrantStep<Agent> known(Identity identity, DecisionTrace decisionTrace) {
        decisionTrace.who(identity.named());
        Optional<Agent> found = agents.byIdentity(identity.issuer(), identity.subject());
        if (found.isEmpty()) {
            return GrantStep.stop(Refusal.invalidClient("no_agent", "no agent is registered for this identity"));
        }
        Agent agent = found.get();
        decisionTrace.who("agent:" + agent.name());
        decisionTrace.agent(agent.name());
        if (!rates.computeIfAbsent(agent.id(), id -> rate()).tryConsume(1)) {
            return GrantStep.stop(Refusal.full("ceiling_rate", "This agent asks too often what it may have."));
        }
        return agents.standing(agent) instanceof Standing.Bad(String reason, String detail)
                ? GrantStep.stop(
                        Refusal.accessDenied(reason, "This agent may not act now; its owner can tell why.", detail))
                : GrantStep.pass(agent);
    }

    private static Bucket rate() {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(BURST).refillGreedy(BURST, Duration.ofSeconds(10)))
                .build();
    }

    /** A certificate of nobody here only binds; one of another agent contradicts the token. */
    private GrantStep<Agent> agrees(Agent agent, Optional<Identity> certificate) {
        boolean another = certificate
                .flatMap(identity -> agents.byIdentity(identity.issuer(), identity.subject()))
                .filter(holder -> !holder.id().equals(agent.id()))
                .isPresent();
        return another
                ? GrantStep.stop(Refusal.invalidClient("two_identities", "the client certificate is another agent's"))
                : GrantStep.pass(agent);
    }
}
