package io.errand.broker.identity.jwt;

import io.errand.broker.identity.Verification.Rejected;
import java.util.Optional;

/** Whether an issuer, asked about one of its tokens whose signature is good, still stands by it. */
@FunctionalInterface
public interface TokenReviews {

    /** Tokens are good until their end. */
    TokenReviews NONE = (jws, issuer) -> Optional.empty();

    /** @return why it is not to be trusted; that there was no answer is a reason (P5) */
    Optional<Rejected> refusal(CompactJws jws, TrustedIssuer issuer);
}
