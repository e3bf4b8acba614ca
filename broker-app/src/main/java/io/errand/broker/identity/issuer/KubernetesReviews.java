package io.errand.broker.identity.issuer;

import io.errand.broker.identity.Reason;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.jwt.CompactJws;
import io.errand.broker.identity.jwt.TokenReviews;
import io.errand.broker.identity.jwt.TrustedIssuer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Kubernetes' TokenReview: an API server looks whether the service account, and the pod that a token is bound to, are still there.
 * Nothing of the answer is kept.
 */
record KubernetesReviews(String cluster, ApiServer server) implements TokenReviews {

    private static final String PATH = "/apis/authentication.k8s.io/v1/tokenreviews";

    @Override
    public Optional<Rejected> refusal(CompactJws jws, TrustedIssuer issuer) {
        Map<String, Object> review = Map.of(
                "apiVersion",
                "authentication.k8s.io/v1",
                "kind",
                "TokenReview",
                "spec",
                Map.of("token", jws.text(), "audiences", List.copyOf(issuer.audiences())));
        return switch (server.post(PATH, review)) {
            case ApiServer.Silent(String cause) ->
                refuse(
                        Reason.TOKEN_REVIEW_UNAVAILABLE,
                        issuer,
                        "the API server of cluster " + cluster + " did not review it: " + cause);
            case ApiServer.Answered(Map<?, ?> document) ->
                document.get("status") instanceof Map<?, ?> status
                        ? refusal(status, jws, issuer)
                        : refuse(
                                Reason.TOKEN_REVIEW_UNAVAILABLE,
                                issuer,
                                "the API server of cluster " + cluster + " answered no review");
        };
    }

    /** What it authenticated must be what was signed, for one of the audiences that were meant. */
    private static Optional<Rejected> refusal(Map<?, ?> status, CompactJws jws, TrustedIssuer issuer) {
        boolean stands = Boolean.TRUE.equals(status.get("authenticated"))
                && status.get("user") instanceof Map<?, ?> user
                && user.get("username") instanceof String username
                && username.equals(jws.claims().get("sub"))
                && status.get("audiences") instanceof List<?> audiences
                && audiences.stream().anyMatch(issuer.audiences()::contains);
        return stands
                ? Optional.empty()
                : refuse(
                        Reason.TOKEN_REVIEW,
                        issuer,
                        "its cluster does not stand by it: "
                                + (status.get("error") instanceof String error ? error : "it is somebody else's"));
    }

    private static Optional<Rejected> refuse(Reason reason, TrustedIssuer issuer, String detail) {
        return Optional.of(reason.because(issuer.name(), detail));
    }
}
