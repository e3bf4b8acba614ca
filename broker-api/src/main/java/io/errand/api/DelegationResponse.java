package io.errand.api;

import java.time.Instant;
import java.util.List;

/**
 * A delegation, and its token, which is shown once.
 *
 * @param delegationToken for the agent that it names in {@code may_act}: {@code subject_token} of one token exchange, beside the
 *     agent's own workload token as {@code actor_token}. {@code typ} is {@code errand-delegation+jwt}
 * @param issuedTokenType the {@code subject_token_type} that it is shown with (RFC 8693 §3)
 * @param authorizationDetails what the child may ask for, at most
 * @param expiresAt the end of the token, and the latest end of the child task
 * @param expiresIn seconds until then
 */
public record DelegationResponse(
        String id,
        String delegationToken,
        String issuedTokenType,
        String agent,
        List<AuthorizationDetail> authorizationDetails,
        Instant expiresAt,
        long expiresIn) {

    @Override
    public String toString() {
        return "DelegationResponse[id=" + id + ", delegationToken=***, agent=" + agent + "]";
    }
}
