package io.errand.broker.identity.issuer;

import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.NumericDate;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.SecurityEventTokens;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.jwt.ClaimMapping;
import io.errand.broker.identity.jwt.CompactJws;
import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.jwt.Replays;
import io.errand.broker.identity.jwt.TokenReviews;
import io.errand.broker.identity.jwt.TokenRules;
import io.errand.broker.identity.jwt.TrustedIssuer;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** A transmitter's keys are fetched, kept and looked for anew as an issuer's are. */
@Component
class TransmitterTokens implements SecurityEventTokens {

    private final KeySetClient client;
    private final IdentityProperties limits;
    private final TokenRules rules;
    private final Replays replays;
    private final Clock clock;

    TransmitterTokens(KeySetClient client, IdentityProperties limits, TokenRules rules, Replays replays, Clock clock) {
        this.client = client;
        this.limits = limits;
        this.rules = rules;
        this.replays = replays;
        this.clock = clock;
    }

    @Override
    public Verifier of(Transmitter transmitter) {
        String uri = transmitter.jwksUri();
        KeySource source = uri == null ? () -> client.discover(transmitter.iss()) : () -> client.keys(uri);
        FetchedKeys keys = new FetchedKeys(source, limits, clock);
        TrustedIssuer trusted = new TrustedIssuer(
                transmitter.name(),
                transmitter.iss(),
                null,
                Set.of(transmitter.audience()),
                TrustedIssuers.algorithms(transmitter.algorithms()),
                transmitter.longestAge(),
                true,
                IssuerPurpose.WORKLOAD,
                ClaimMapping.NONE,
                keys,
                false,
                TokenReviews.NONE);
        return new Verifier() {
            @Override
            public Reading read(String token) {
                return TransmitterTokens.this.read(token, trusted);
            }

            @Override
            public Keys look() {
                KeySet.Look look = keys.look();
                return new Keys(look.keys(), look.failure());
            }
        };
    }

    private Reading read(String token, TrustedIssuer trusted) {
        return switch (CompactJws.read(token)) {
            case CompactJws.Unreadable(Rejected why) -> new Refused(why, false);
            case CompactJws.Read(CompactJws jws) ->
                rules.securityEventRefusal(jws, trusted)
                        .<Reading>map(why -> new Refused(why, why.reason().equals(Reason.KEYS_UNAVAILABLE.wire())))
                        .orElseGet(() -> believed(jws, trusted));
        };
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean isFirst(String transmitter, Believed token) {
        return replays.isFirstOfTransmitter(transmitter, token.jti(), token.until());
    }

    /** After the rules: {@code jti} is text, and {@code iat} a time. */
    private static Believed believed(CompactJws jws, TrustedIssuer trusted) {
        Instant issued =
                Instant.ofEpochSecond(NumericDate.of(jws.claims().get("iat")).orElseThrow());
        return new Believed(
                (String) Objects.requireNonNull(jws.claims().get("jti")),
                jws.claims(),
                issued.plus(trusted.maxTokenAge()).plusSeconds(2 * TokenRules.SKEW));
    }
}
