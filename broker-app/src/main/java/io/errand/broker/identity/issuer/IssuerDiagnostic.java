package io.errand.broker.identity.issuer;

import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.TrustedIssuer;
import io.errand.broker.shared.doctor.Diagnostic;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Lazy;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Component;

/** Whether each registered issuer can be asked for its keys now, and how old those are that this replica has. */
@Component
class IssuerDiagnostic implements Diagnostic {

    private static final int MOST = 100;

    private final IssuerRows rows;
    private final TrustedIssuers issuers;
    private final IdentityProperties limits;
    private final Clock clock;

    IssuerDiagnostic(@Lazy IssuerRows rows, TrustedIssuers issuers, IdentityProperties limits, Clock clock) {
        this.rows = rows;
        this.issuers = issuers;
        this.limits = limits;
        this.clock = clock;
    }

    @Override
    public String area() {
        return "issuers";
    }

    @Override
    public List<Part> parts() {
        List<RegisteredIssuer> all = rows.findByNameGreaterThanOrderByName("", Limit.of(MOST + 1));
        List<Part> parts = new ArrayList<>();
        for (RegisteredIssuer row : all.subList(0, Math.min(MOST, all.size()))) {
            parts.add(Part.of(String.valueOf(row.spec().name()), () -> look(issuers.known(row))));
        }
        if (all.isEmpty()) {
            parts.add(Part.of(
                    "registry",
                    () -> Result.warning(
                            "no issuer is registered, so nobody can show who they are",
                            "Register one: `errand apply` with a document of the kind Issuer (docs/identities).")));
        }
        if (all.size() > MOST) {
            parts.add(Part.of("others", () -> Result.ok("only the first " + MOST + " by name were asked")));
        }
        return parts;
    }

    private Result look(TrustedIssuer issuer) {
        KeySet.Look look = issuer.keys().look();
        Instant kept = look.readAt();
        String failure = look.failure();
        if (failure == null) {
            return look.keys() > 0
                    ? Result.ok(
                            look.keys() + " keys" + (kept == null ? "" : "; this replica last read them " + age(kept)))
                    : Result.error(
                            "answers, and has no key that can verify a token",
                            "Look at the key set of " + issuer.iss()
                                    + ": keys need kty EC, RSA or OKP, and use sig or none.");
        }
        boolean still = kept != null && clock.instant().isBefore(kept.plus(limits.staleKeys()));
        String remedy = "See that " + issuer.iss() + " can be reached from here: DNS, firewall, certificate,"
                + " errand.outbound.private-networks.";
        return still
                ? Result.warning(
                        "does not give its keys (" + failure + "); those read " + age(kept) + " serve until they are "
                                + limits.staleKeys() + " old",
                        remedy)
                : Result.error("does not give its keys, so its tokens are refused: " + failure, remedy);
    }

    private String age(@Nullable Instant readAt) {
        Duration age = readAt == null ? Duration.ZERO : Duration.between(readAt, clock.instant());
        return age.toSeconds() + " s ago";
    }
}
