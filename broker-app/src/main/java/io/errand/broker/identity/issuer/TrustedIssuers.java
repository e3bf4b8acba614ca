package io.errand.broker.identity.issuer;

import static java.util.Objects.requireNonNull;

import io.errand.api.IssuerResource;
import io.errand.api.IssuerResource.Jwks;
import io.errand.api.Json;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.jwt.Algorithm;
import io.errand.broker.identity.jwt.ClaimMapping;
import io.errand.broker.identity.jwt.CompactJws;
import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.jwt.SpiffeId;
import io.errand.broker.identity.jwt.TokenReviews;
import io.errand.broker.identity.jwt.TokenRules;
import io.errand.broker.identity.jwt.TrustedIssuer;
import io.errand.broker.identity.jwt.VerificationKey;
import io.errand.broker.identity.spiffe.BundleFile;
import io.errand.broker.identity.spiffe.WorkloadApi;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Registered issuers, ready for verification. The registry, or the request's epoch, is asked every time, so that a deleted or
 * replaced issuer is not trusted for one token more; only what was made of a version, its key set foremost, is kept.
 */
@Component
public class TrustedIssuers {

    private static final int MAX_ISS = 1024;

    private record Kept(UUID id, long version, TrustedIssuer issuer) {}

    private final Map<String, Kept> kept = new ConcurrentHashMap<>();
    private final RegistryVersion.Kept<String, TrustedIssuer> current;
    private final JdbcClient jdbc;
    private final KeySetClient client;
    private final WorkloadApi workloadApi;
    private final KubernetesClusters clusters;
    private final IdentityProperties limits;
    private final TokenRules rules;
    private final Clock clock;

    TrustedIssuers(
            JdbcClient jdbc,
            KeySetClient client,
            WorkloadApi workloadApi,
            KubernetesClusters clusters,
            IdentityProperties limits,
            TokenRules rules,
            Clock clock,
            RegistryVersion registryVersion) {
        this.jdbc = jdbc;
        this.client = client;
        this.workloadApi = workloadApi;
        this.clusters = clusters;
        this.limits = limits;
        this.rules = rules;
        this.clock = clock;
        this.current = registryVersion.kept();
    }

    /**
     * Whose token it claims to be. A token that names a registered issuer is that issuer's, whatever its subject looks like. Only
     * one that does not is looked at as a JWT-SVID, where {@code iss} is optional (JWT-SVID §3) and the subject's trust domain
     * says whose keys must have signed it.
     */
    Optional<TrustedIssuer> of(CompactJws jws) {
        Object iss = jws.claims().get("iss");
        if (jws.claims().containsKey("iss") && !(iss instanceof String)) {
            return Optional.empty();
        }
        if (iss instanceof String named && !named.startsWith(SpiffeId.SCHEME)) {
            Optional<TrustedIssuer> registered = find(named);
            return registered.isPresent() ? registered : ofTrustDomain(jws);
        }
        // An iss that is itself a trust domain is the subject's, or the token contradicts itself.
        return ofTrustDomain(jws).filter(issuer -> iss == null || iss.equals(issuer.iss()));
    }

    private Optional<TrustedIssuer> ofTrustDomain(CompactJws jws) {
        return jws.claims().get("sub") instanceof String sub ? ofSpiffeId(sub) : Optional.empty();
    }

    /** The trust domain of a workload. */
    Optional<TrustedIssuer> ofSpiffeId(String text) {
        return SpiffeId.parse(text).flatMap(id -> find(SpiffeId.SCHEME + id.trustDomain()));
    }

    private Optional<TrustedIssuer> find(String iss) {
        if (iss.length() > MAX_ISS) {
            return Optional.empty();
        }
        return current.get(iss, () -> asked(iss));
    }

    private Optional<TrustedIssuer> asked(String iss) {
        Kept known = kept.get(iss);
        if (known != null && isCurrent(iss, known)) {
            return Optional.of(known.issuer());
        }
        Optional<Stored> row = stored(iss);
        if (row.isEmpty()) {
            kept.remove(iss);
            return Optional.empty();
        }
        return Optional.of(keep(iss, row.get()).issuer());
    }

    private record Stored(UUID id, long version, IssuerResource spec) {}

    private Optional<Stored> stored(String iss) {
        // Index: issuer_issuer_key (unique).
        return jdbc.sql("SELECT id, version, spec FROM issuer WHERE issuer = :iss")
                .param("iss", iss)
                .query((row, n) -> new Stored(
                        row.getObject("id", UUID.class),
                        row.getLong("version"),
                        Json.mapper().readValue(row.getString("spec"), IssuerResource.class)))
                .optional();
    }

    /** A registered one, whether or not a token of it was seen. */
    TrustedIssuer known(RegisteredIssuer row) {
        return keep(ValidIssuer.iss(row.spec()), new Stored(requireNonNull(row.getId()), row.version(), row.spec()))
                .issuer();
    }

    /** Two threads that come at once end up with one key set. */
    private Kept keep(String iss, Stored row) {
        return kept.compute(
                iss,
                (key, other) -> other != null && other.id().equals(row.id()) && other.version() >= row.version()
                        ? other
                        : new Kept(row.id(), row.version(), trusted(row.spec())));
    }

    private boolean isCurrent(String iss, Kept known) {
        // Index: issuer_issuer_key (unique).
        return jdbc.sql("""
                        SELECT id = :id AND version = :version FROM issuer WHERE issuer = :iss
                        """)
                .param("id", known.id())
                .param("version", known.version())
                .param("iss", iss)
                .query(Boolean.class)
                .optional()
                .orElse(false);
    }

    private TrustedIssuer trusted(IssuerResource spec) {
        String iss = ValidIssuer.iss(spec);
        return new TrustedIssuer(
                requireNonNull(spec.name()),
                iss,
                spec.trustDomain(),
                Set.copyOf(requireNonNull(spec.audiences())),
                algorithms(spec.algorithms()),
                Optional.ofNullable(spec.maxTokenAge()).orElse(TrustedIssuer.DEFAULT_MAX_TOKEN_AGE),
                Boolean.TRUE.equals(spec.singleUse()),
                ValidIssuer.purpose(spec.purpose()).orElseThrow(),
                ClaimMapping.of(spec),
                keys(spec),
                Boolean.TRUE.equals(spec.idJag()),
                reviews(spec));
    }

    /** Another deployment whose keys were told to us is one that nobody here can ask. */
    private TokenReviews reviews(IssuerResource spec) {
        Jwks jwks = requireNonNull(spec.jwks());
        if (jwks.kubernetes() != null) {
            return clusters.reviews(jwks.kubernetes());
        }
        return ValidIssuer.purpose(spec.purpose()).orElseThrow() == IssuerPurpose.ERRAND && jwks.keys() == null
                ? new StatusListReviews(client, rules, clock)
                : TokenReviews.NONE;
    }

    public static Set<Algorithm> algorithms(@Nullable List<String> names) {
        return names == null
                ? TrustedIssuer.DEFAULT_ALGORITHMS
                : names.stream().flatMap(name -> Algorithm.of(name).stream()).collect(Collectors.toUnmodifiableSet());
    }

    private KeySet keys(IssuerResource spec) {
        String trustDomain = spec.trustDomain();
        return trustDomain != null
                        && ValidIssuer.WORKLOAD_API.equals(
                                requireNonNull(spec.jwks()).spiffeBundle())
                ? workloadApi.keysOf(trustDomain)
                : new FetchedKeys(source(spec), limits, clock);
    }

    private KeySource source(IssuerResource spec) {
        Jwks jwks = requireNonNull(spec.jwks());
        String iss = ValidIssuer.iss(spec);
        String uri = jwks.uri();
        String bundle = jwks.spiffeBundle();
        String trustDomain = spec.trustDomain();
        if (bundle != null && trustDomain != null) {
            return bundle.equals(ValidIssuer.BUNDLE_FILE)
                    ? new BundleFile(trustDomain, limits.spiffeBundles().get(trustDomain))
                    : () -> client.bundle(bundle);
        }
        if (jwks.kubernetes() != null) {
            return clusters.keys(jwks.kubernetes(), iss);
        }
        if (jwks.keys() != null) {
            KeySource.Fetch fixed = new KeySource.Fetched(VerificationKey.usable(jwks.keys()));
            return () -> fixed;
        }
        return uri == null ? () -> client.discover(iss) : () -> client.keys(uri);
    }
}
