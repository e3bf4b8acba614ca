package io.errand.broker.identity.jwt;

import io.errand.api.IssuerResource;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.TokenType;
import io.errand.broker.shared.Problem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an issuer's claims mean here.
 *
 * @param subject null: {@code sub} is the subject
 * @param clientClaim which claim names the client of a person's token; null: those that usually do
 * @param runtime null: nothing is said of it
 */
public record ClaimMapping(
        @Nullable SubjectTemplate subject,
        @Nullable String clientClaim,
        IssuerResource.@Nullable RuntimeClaims runtime) {

    public static final ClaimMapping NONE = new ClaimMapping(null, null, null);

    private static final int MAX_TEXT = 255;

    public static ClaimMapping of(IssuerResource checked) {
        String subject = checked.subject();
        return new ClaimMapping(
                subject == null ? null : SubjectTemplate.parse(subject).orElseThrow(),
                checked.clientClaim(),
                checked.runtime());
    }

    public static Optional<Problem> problem(IssuerResource sent) {
        String subject = sent.subject();
        if (subject != null && (sent.trustDomain() != null || !"workload".equals(sent.purpose()))) {
            return wrong("subject", "subject is for workloads with an issuer; of others sub is the subject.");
        }
        if (subject != null && SubjectTemplate.parse(subject).isEmpty()) {
            return wrong(
                    "subject",
                    "subject is a template such as {repository}:{environment}, with a separator between two claims.");
        }
        String client = sent.clientClaim();
        if (client != null && !("person".equals(sent.purpose()) && ClientClaim.ALL.contains(client))) {
            return wrong("client_claim", "client_claim is of issuers of people, and one of " + ClientClaim.ALL + ".");
        }
        return sent.runtime() == null ? Optional.empty() : runtime(sent.runtime());
    }

    private static Optional<Problem> runtime(IssuerResource.RuntimeClaims sent) {
        IssuerResource.Isolated isolated = sent.isolated();
        if (sent.environment() != null && !isText(sent.environment())) {
            return wrong("runtime.environment", "runtime.environment is the name of a claim.");
        }
        if (isolated == null) {
            return Optional.empty();
        }
        if (isolated.claim() == null || !isText(isolated.claim())) {
            return wrong("runtime.isolated.claim", "runtime.isolated.claim is the name of a claim.");
        }
        List<String> values = isolated.values();
        return values == null
                        || (!values.isEmpty()
                                && values.size() <= 32
                                && values.stream().allMatch(ClaimMapping::isText))
                ? Optional.empty()
                : wrong("runtime.isolated.values", "runtime.isolated.values has 1 to 32 texts, or is absent.");
    }

    /** Empty where the template does not fit the token. */
    public Optional<String> subject(Map<String, Object> claims) {
        if (subject != null) {
            return subject.subject(claims);
        }
        return claims.get("sub") instanceof String sub ? Optional.of(sub) : Optional.empty();
    }

    public Optional<String> client(Map<String, Object> claims, TokenType type) {
        return ClientClaim.client(clientClaim, claims, type);
    }

    /** What is absent or of another type is not said: no environment, not isolated. */
    public Identity.WorkloadRuntime runtime(Map<String, Object> claims) {
        if (runtime == null) {
            return Identity.WorkloadRuntime.UNKNOWN;
        }
        String environment = runtime.environment();
        return new Identity.WorkloadRuntime(
                environment != null && claims.get(environment) instanceof String text && isText(text)
                        ? Optional.of(text)
                        : Optional.empty(),
                isIsolated(runtime.isolated(), claims));
    }

    private static boolean isIsolated(IssuerResource.@Nullable Isolated isolated, Map<String, Object> claims) {
        if (isolated == null || isolated.claim() == null) {
            return false;
        }
        Object said = claims.get(isolated.claim());
        return isolated.values() == null
                ? Boolean.TRUE.equals(said)
                : said instanceof String text && isolated.values().contains(text);
    }

    private static boolean isText(@Nullable String text) {
        return text != null
                && !text.isBlank()
                && text.length() <= MAX_TEXT
                && text.chars().noneMatch(Character::isISOControl);
    }

    private static Optional<Problem> wrong(String member, String detail) {
        return Optional.of(Problem.invalidMember(member, detail));
    }
}
