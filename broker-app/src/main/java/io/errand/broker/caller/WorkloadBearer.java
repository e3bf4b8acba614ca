package io.errand.broker.caller;

import io.errand.broker.identity.Identity;
import io.errand.broker.identity.Verification;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;

/** A bearer token in the header {@code Authorization} (RFC 6750 §2.1), and what came of its verification. */
final class WorkloadBearer {

    private static final String SCHEME = "Bearer ";

    private WorkloadBearer() {}

    /** Of several headers, a proxy before us may have looked at another one, so none counts. */
    static GrantStep<String> of(HttpServletRequest request) {
        List<String> headers = Collections.list(request.getHeaders("Authorization"));
        return headers.size() == 1 && headers.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? GrantStep.pass(headers.getFirst().substring(SCHEME.length()).strip())
                : GrantStep.stop(Refusal.invalidClient("bearer_missing", "no bearer token was presented"));
    }

    static GrantStep<Identity> verified(Verification verification) {
        return switch (verification) {
            case Verification.Verified(Identity identity) -> GrantStep.pass(identity);
            case Verification.Rejected rejected ->
                GrantStep.stop(
                        rejected.isForNow()
                                ? Refusal.undecided(rejected.reason(), rejected.detail())
                                : Refusal.invalidClient(rejected.reason(), rejected.detail()));
        };
    }
}
