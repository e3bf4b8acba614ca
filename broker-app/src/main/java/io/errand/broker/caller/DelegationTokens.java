package io.errand.broker.caller;

import io.errand.api.Json;
import io.errand.broker.agent.Agent;
import io.errand.broker.identity.TokenType;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Delegations;
import io.errand.broker.task.Task;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/**
 * Delegation tokens: what a parent gives to a child agent. One says to people what was handed on; what counts is the row that its
 * {@code jti} names. Whether it was taken up before is seen in the transaction of the grant, so that a refusal spends nothing.
 */
@Component
public class DelegationTokens {

    private static final TypeReference<List<Map<String, Object>>> DETAILS = new TypeReference<>() {};

    private final Keys keys;
    private final Delegations delegations;
    private final DelegationLimits delegationLimits;
    private final ErrandProperties errand;
    private final Clock clock;

    DelegationTokens(
            Keys keys,
            Delegations delegations,
            DelegationLimits delegationLimits,
            ErrandProperties errand,
            Clock clock) {
        this.keys = keys;
        this.delegations = delegations;
        this.delegationLimits = delegationLimits;
        this.errand = errand;
        this.clock = clock;
    }

    public String sign(Delegation delegation) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", errand.issuer());
        claims.put("aud", audience());
        claims.put("jti", delegation.id().toString());
        claims.put("iat", clock.instant().getEpochSecond());
        claims.put("exp", delegation.expiresAt().getEpochSecond());
        claims.putAll(TokenParties.of(delegation.parent()));
        claims.put("may_act", Map.of("iss", errand.issuer(), "sub", "agent:" + delegation.agent()));
        claims.put("authorization_details", Json.mapper().convertValue(delegation.ceiling(), DETAILS));
        return keys.sign(TokenKind.DELEGATION, claims);
    }

    /** Whether we signed it as a delegation token; nothing more. */
    boolean isOurs(String token) {
        return keys.read(TokenKind.DELEGATION, token).isPresent();
    }

    /** What an agent that has shown itself may take up with it. */
    GrantStep<Delegation> shown(String token, TokenType type, Agent by) {
        if (type != TokenType.JWT) {
            return untrusted("token_type_mismatch", "a delegation token was declared to be another type");
        }
        Optional<Delegation> found = keys.read(TokenKind.DELEGATION, token)
                .filter(claims -> errand.issuer().equals(claims.get("iss"))
                        && audience().equals(claims.get("aud"))
                        && claims.get("exp") instanceof Number exp
                        && exp.longValue() > clock.instant().getEpochSecond())
                .map(claims -> claims.get("jti"))
                .filter(String.class::isInstance)
                .flatMap(jti -> Ids.parse((String) jti))
                .flatMap(delegations::find);
        if (found.isEmpty()) {
            return untrusted("delegation_invalid", "expired, or not this deployment's");
        }
        return standing(found.get(), by);
    }

    /** Whether that agent may take it up now, unless somebody did. */
    public GrantStep<Delegation> standing(Delegation delegation, Agent by) {
        if (!delegation.agentId().equals(by.id())) {
            return untrusted("delegation_of_another_agent", "the delegation is for agent " + delegation.agent());
        }
        if (delegation.parent().state() != Task.State.ACTIVE) {
            return untrusted(
                    "parent_ended",
                    "the parent task is " + delegation.parent().state().word());
        }
        return delegationLimits
                .tooFar(delegation.parent(), by.name())
                .map(refusal -> DelegationTokens.<Delegation>untrusted(refusal.reason(), refusal.detail()))
                .orElseGet(() -> GrantStep.pass(delegation));
    }

    /** Nobody but the token endpoint takes one. */
    private String audience() {
        return errand.issuer() + "/oauth2/token";
    }

    private static <T> GrantStep<T> untrusted(String reason, String detail) {
        return GrantStep.stop(Refusal.untrusted(reason, detail));
    }
}
