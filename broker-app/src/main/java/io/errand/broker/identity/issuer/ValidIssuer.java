package io.errand.broker.identity.issuer;

import io.errand.api.IssuerResource;
import io.errand.api.IssuerResource.Jwks;
import io.errand.api.Json;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.jwt.Algorithm;
import io.errand.broker.identity.jwt.ClaimMapping;
import io.errand.broker.identity.jwt.SpiffeId;
import io.errand.broker.identity.jwt.VerificationKey;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.outbound.Outbound;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A resource after its checks.
 *
 * @param resource as it was sent, with its kind and name
 */
record ValidIssuer(IssuerResource resource, String iss, IssuerPurpose purpose) {

    /** In place of a bundle's address: the file that the service's configuration has for the trust domain. */
    static final String BUNDLE_FILE = "file";

    /** In place of a bundle's address: the SPIFFE Workload API whose socket the service's configuration names. */
    static final String WORKLOAD_API = "workload_api";

    private static final int MAX_TEXT = 1024;
    private static final int MAX_ITEMS = 32;
    private static final int MAX_KEYS = 100;
    private static final Duration LONGEST_AGE = Duration.ofDays(366);

    static Result<ValidIssuer> of(String name, IssuerResource sent, ErrandProperties errand, Outbound outbound) {
        Optional<IssuerPurpose> purpose = purpose(sent.purpose());
        Optional<Problem> problem = Stream.<Supplier<Optional<Problem>>>of(
                        () -> kindAndName(name, sent),
                        () -> iss(sent, errand),
                        () -> keys(sent),
                        () -> reachable(sent, outbound),
                        () -> audiences(sent.audiences(), errand),
                        () -> algorithms(sent.algorithms()),
                        () -> age(sent.maxTokenAge()),
                        () -> purpose.isPresent()
                                ? Optional.empty()
                                : wrong("purpose", "purpose is 'workload', 'person' or 'errand'."),
                        () -> idJag(sent, purpose.orElseThrow()),
                        () -> sent.trustDomain() == null || purpose.orElseThrow() == IssuerPurpose.WORKLOAD
                                ? Optional.empty()
                                : wrong("purpose", "purpose is 'workload' with trust_domain: SVIDs are of no people."),
                        () -> ClaimMapping.problem(sent))
                .flatMap(check -> check.get().stream())
                .findFirst();
        if (problem.isPresent() || purpose.isEmpty()) {
            return Result.refused(problem.orElseThrow());
        }
        IssuerResource complete = new IssuerResource(
                "Issuer",
                name,
                sent.issuer(),
                sent.trustDomain(),
                sent.jwks(),
                sent.audiences(),
                sent.algorithms(),
                sent.maxTokenAge(),
                sent.singleUse(),
                sent.purpose(),
                sent.subject(),
                sent.clientClaim(),
                sent.runtime(),
                sent.idJag());
        return Result.ok(new ValidIssuer(complete, iss(complete), purpose.get()));
    }

    private static Optional<Problem> idJag(IssuerResource sent, IssuerPurpose purpose) {
        return !Boolean.TRUE.equals(sent.idJag()) || purpose == IssuerPurpose.PERSON
                ? Optional.empty()
                : wrong("id_jag", "id_jag is of issuers of people: its assertions say for whom an agent acts.");
    }

    /** What finds the issuer of a token; no {@code issuer} may look like a trust domain's. */
    static String iss(IssuerResource checked) {
        return checked.trustDomain() == null
                ? Objects.requireNonNull(checked.issuer())
                : SpiffeId.SCHEME + checked.trustDomain();
    }

    /** Whether a subject of it is whoever it was before: other keys and limits say nothing else about that. */
    boolean isSameWho(IssuerResource before) {
        return iss.equals(iss(before))
                && Objects.equals(resource.purpose(), before.purpose())
                && Objects.equals(resource.subject(), before.subject());
    }

    static Optional<IssuerPurpose> purpose(@Nullable String text) {
        return Stream.of(IssuerPurpose.values())
                .filter(purpose -> purpose.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst();
    }

    private static Optional<Problem> kindAndName(String name, IssuerResource sent) {
        if (sent.kind() != null && !sent.kind().equals("Issuer")) {
            return wrong("kind", "kind is 'Issuer' here, or absent.");
        }
        return sent.name() == null || sent.name().equals(name)
                ? Optional.empty()
                : wrong("name", "name is the one in the path, or absent.");
    }

    private static Optional<Problem> iss(IssuerResource sent, ErrandProperties errand) {
        String iss = sent.issuer();
        String trustDomain = sent.trustDomain();
        if (trustDomain != null) {
            if (iss != null) {
                return wrong("issuer", "issuer is absent where there is a trust_domain.");
            }
            return SpiffeId.isTrustDomain(trustDomain)
                    ? Optional.empty()
                    : wrong("trust_domain", "trust_domain is a name such as example.org: a-z, 0-9, '.', '-', '_'.");
        }
        if (iss != null && iss.toLowerCase(Locale.ROOT).startsWith("spiffe:")) {
            return wrong("issuer", "issuer is no SPIFFE ID; register a trust domain with trust_domain.");
        }
        if (iss == null || !isText(iss)) {
            return wrong("issuer", "issuer is what the tokens' iss says, 1 to " + MAX_TEXT + " characters.");
        }
        // A close spelling of ours could only serve to be taken for ours.
        return iss.replaceAll("/+$", "").equalsIgnoreCase(errand.issuer())
                ? wrong("issuer", "issuer is the broker's own; its tokens never prove who a caller is.")
                : Optional.empty();
    }

    private static Optional<Problem> keys(IssuerResource sent) {
        Jwks jwks = sent.jwks();
        String iss = sent.issuer();
        if (sent.trustDomain() != null || (jwks != null && jwks.spiffeBundle() != null)) {
            return bundle(sent);
        }
        long given = jwks == null
                ? 0
                : Stream.of(jwks.discovery(), jwks.uri(), jwks.keys(), jwks.kubernetes())
                        .filter(Objects::nonNull)
                        .count();
        if (jwks == null || given != 1) {
            return wrong("jwks", "jwks has exactly one of discovery: true, uri, keys, and kubernetes.");
        }
        if (jwks.kubernetes() != null) {
            return "workload".equals(sent.purpose())
                    ? Optional.empty()
                    : wrong("jwks.kubernetes", "A cluster's service accounts are workloads: purpose is workload.");
        }
        if (jwks.uri() != null) {
            return JwksUris.of(jwks.uri()).isPresent()
                    ? Optional.empty()
                    : wrong("jwks.uri", "jwks.uri is an https URL (http on a loopback address).");
        }
        if (jwks.keys() != null) {
            return inline(jwks.keys());
        }
        if (!Boolean.TRUE.equals(jwks.discovery())) {
            return wrong("jwks.discovery", "jwks.discovery is true, or absent.");
        }
        return iss != null
                        && JwksUris.of(iss)
                                .filter(uri -> uri.getQuery() == null)
                                .isPresent()
                ? Optional.empty()
                : wrong("issuer", "Discovery needs an issuer that is an https URL (http on a loopback address).");
    }

    /** Whoever may register issuers does not thereby send the service into the network that it is in. */
    private static Optional<Problem> reachable(IssuerResource sent, Outbound outbound) {
        Jwks jwks = Objects.requireNonNull(sent.jwks());
        Map<String, Optional<String>> addresses = Map.of(
                "jwks.uri", Optional.ofNullable(jwks.uri()),
                "jwks.spiffe_bundle", Optional.ofNullable(jwks.spiffeBundle()),
                "issuer", Optional.ofNullable(jwks.discovery() == null ? null : sent.issuer()));
        return addresses.entrySet().stream()
                .flatMap(named -> named
                        .getValue()
                        .flatMap(JwksUris::of)
                        .flatMap(outbound::problem)
                        .flatMap(sentence -> wrong(named.getKey(), sentence + "."))
                        .stream())
                .findFirst();
    }

    private static Optional<Problem> bundle(IssuerResource sent) {
        Jwks jwks = sent.jwks();
        String bundle = jwks == null ? null : jwks.spiffeBundle();
        if (sent.trustDomain() == null
                || jwks == null
                || bundle == null
                || Stream.of(jwks.discovery(), jwks.uri(), jwks.keys(), jwks.kubernetes())
                        .anyMatch(Objects::nonNull)) {
            return wrong("jwks", "jwks has spiffe_bundle where there is a trust_domain, and only there.");
        }
        return bundle.equals(BUNDLE_FILE)
                        || bundle.equals(WORKLOAD_API)
                        || JwksUris.of(bundle).isPresent()
                ? Optional.empty()
                : wrong(
                        "jwks.spiffe_bundle",
                        "jwks.spiffe_bundle is an https URL (http on a loopback address), or 'file' or 'workload_api' for what"
                                + " the service's configuration names.");
    }

    private static Optional<Problem> inline(List<Map<String, Object>> keys) {
        if (keys.isEmpty() || keys.size() > MAX_KEYS) {
            return wrong("jwks.keys", "jwks.keys has 1 to " + MAX_KEYS + " keys.");
        }
        for (int i = 0; i < keys.size(); i++) {
            Map<String, Object> key = keys.get(i);
            String member = "jwks.keys[" + i + "]";
            if (key != null && VerificationKey.PRIVATE_MEMBERS.stream().anyMatch(key::containsKey)) {
                return wrong(
                        member, "The key is private or symmetric; send the public part only, and replace the key.");
            }
            if (key == null
                    || (VerificationKey.isOfKnownKind(key)
                            && VerificationKey.of(key).isEmpty())) {
                return wrong(member, "The key is no public EC, RSA (2048 to 8192 bits) or Ed25519 key for signatures.");
            }
        }
        // RFC 7517 §5 has the others passed over, as they are in a set that is fetched.
        return VerificationKey.usable(keys).isEmpty()
                ? wrong("jwks.keys", "None of the keys is a public EC, RSA or Ed25519 key for signatures.")
                : Optional.empty();
    }

    private static Optional<Problem> audiences(@Nullable List<String> audiences, ErrandProperties errand) {
        if (audiences == null || audiences.isEmpty() || audiences.size() > MAX_ITEMS) {
            return wrong(
                    "audiences", "audiences has 1 to " + MAX_ITEMS + " values, one of which every token must name.");
        }
        for (int i = 0; i < audiences.size(); i++) {
            if (!isText(audiences.get(i))) {
                return wrong("audiences[" + i + "]", "An audience has 1 to " + MAX_TEXT + " characters.");
            }
            if (audiences.get(i).equals(errand.adminAudience())) {
                return wrong("audiences[" + i + "]", "This is the audience of administrators; choose another one.");
            }
        }
        return Optional.empty();
    }

    private static Optional<Problem> algorithms(@Nullable List<String> algorithms) {
        if (algorithms == null) {
            return Optional.empty();
        }
        if (algorithms.isEmpty()) {
            return wrong("algorithms", "algorithms has at least one value, or is absent.");
        }
        for (int i = 0; i < algorithms.size(); i++) {
            String algorithm = algorithms.get(i);
            if (algorithm == null || Algorithm.of(algorithm).isEmpty()) {
                return wrong(
                        "algorithms[" + i + "]",
                        "An algorithm is one of " + List.of(Algorithm.values()) + ", EDDSA written as EdDSA.");
            }
        }
        return Optional.empty();
    }

    private static Optional<Problem> age(@Nullable Duration age) {
        return age == null || (age.compareTo(Duration.ZERO) > 0 && age.compareTo(LONGEST_AGE) <= 0)
                ? Optional.empty()
                : wrong("max_token_age", "max_token_age is longer than zero and not longer than P366D.");
    }

    private static boolean isText(@Nullable String text) {
        return text != null
                && !text.isBlank()
                && text.length() <= MAX_TEXT
                && Json.isStorable(text)
                && text.chars().noneMatch(Character::isISOControl);
    }

    private static Optional<Problem> wrong(String member, String detail) {
        return Optional.of(Problem.invalidMember(member, detail));
    }
}
