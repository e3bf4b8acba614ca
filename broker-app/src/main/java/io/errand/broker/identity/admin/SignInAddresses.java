package io.errand.broker.identity.admin;

import io.errand.broker.identity.SignInEndpoints;
import io.errand.broker.identity.issuer.KeySetClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A public face of this room: where people of the administrators' issuer sign in in a browser. */
@Component
public class SignInAddresses {

    private static final Duration KEPT = Duration.ofMinutes(10);

    /** Strangers cannot have the issuer asked more often than this. */
    private static final Duration KEPT_FAILURE = Duration.ofSeconds(5);

    private final AdminProperties admin;
    private final KeySetClient client;
    private final Clock clock;
    private @Nullable Looked last;

    SignInAddresses(AdminProperties admin, KeySetClient client, Clock clock) {
        this.admin = admin;
        this.client = client;
        this.clock = clock;
    }

    private record Looked(SignInEndpoints found, Instant until) {}

    /** By OIDC discovery, kept for ten minutes, and then until there is another answer: an issuer that is silent has not moved. */
    public synchronized SignInEndpoints find() {
        Instant now = clock.instant();
        Looked known = last;
        if (known != null && now.isBefore(known.until)) {
            return known.found;
        }
        Looked latest = look(known == null ? null : known.found, now);
        last = latest;
        return latest.found;
    }

    private Looked look(@Nullable SignInEndpoints before, Instant now) {
        String issuer = admin.issuer();
        SignInEndpoints found = issuer == null
                ? new SignInEndpoints.Unavailable("errand.admin.issuer is not set")
                : client.signIn(issuer);
        return found instanceof SignInEndpoints.At
                ? new Looked(found, now.plus(KEPT))
                : new Looked(before instanceof SignInEndpoints.At ? before : found, now.plus(KEPT_FAILURE));
    }
}
