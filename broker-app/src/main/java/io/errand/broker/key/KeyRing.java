package io.errand.broker.key;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import io.errand.api.Json;
import io.errand.broker.crypto.Base64Url;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * The keys as all replicas share them: rows of {@code signing_key}. Memory holds what was read once; a {@code kid} that it does
 * not know is looked for in the table, so a key made by another replica verifies at once, and which key signs is asked again every
 * few seconds.
 */
@Component
class KeyRing implements Keys {

    private static final int MAX_TOKEN = 32 * 1024;
    private static final Pattern KID = Pattern.compile("[0-9a-f-]{36}");
    private static final TypeReference<Map<String, Object>> CLAIMS = new TypeReference<>() {};

    /** How long a replica goes on signing with a key that another one retired; what it signs then verifies all the same. */
    static final Duration BELIEVED = Duration.ofSeconds(5);

    private record Held(SigningKey key, Instant read) {}

    private final SigningKeyRows rows;
    private final InstantSource clock;

    /** A new key is committed by itself: what was signed with it must verify even if the caller's transaction is rolled back. */
    private final TransactionTemplate apart;

    /** As they stand in tokens that we signed: one for each key and kind. */
    private final Map<String, JWSHeader> headers = new ConcurrentHashMap<>();

    private final Map<String, VerifyingKey> byKid = new ConcurrentHashMap<>();
    private final Map<String, Held> activeByAlg = new ConcurrentHashMap<>();

    @Autowired
    KeyRing(SigningKeyRows rows, PlatformTransactionManager transactions, Clock clock) {
        this(rows, transactions, (InstantSource) clock);
    }

    KeyRing(SigningKeyRows rows, PlatformTransactionManager transactions, InstantSource clock) {
        this.rows = rows;
        this.clock = clock;
        this.apart = new TransactionTemplate(transactions);
        this.apart.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    @Override
    public String sign(TokenKind kind, Map<String, Object> claims, String alg) {
        return active(alg).sign(kind, Json.mapper().writeValueAsBytes(claims));
    }

    @Override
    public Optional<Map<String, Object>> read(TokenKind kind, String token) {
        return token.length() > MAX_TOKEN
                ? Optional.empty()
                : OwnToken.split(token)
                        .filter(parts -> header(parts)
                                .filter(header -> isOf(kind, header) && isSigned(parts, header))
                                .isPresent())
                        .flatMap(KeyRing::claims)
                        .filter(kind::fits);
    }

    private static boolean isOf(TokenKind kind, JWSHeader header) {
        return header.getType() != null
                && kind.isNamed(header.getType().getType())
                && header.getKeyID() != null
                && KID.matcher(header.getKeyID()).matches();
    }

    private boolean isSigned(OwnToken token, JWSHeader header) {
        boolean isSigned = byKid(header.getKeyID())
                .filter(key -> key.verifies(header, token))
                .isPresent();
        if (isSigned) {
            headers.putIfAbsent(token.header(), header);
        }
        return isSigned;
    }

    /** The parser throws more than it declares, for example where a header is JSON's {@code null}. */
    private Optional<JWSHeader> header(OwnToken token) {
        JWSHeader known = headers.get(token.header());
        if (known != null) {
            return Optional.of(known);
        }
        try {
            return Base64Url.decode(token.header())
                    .map(json -> new String(json, StandardCharsets.UTF_8))
                    .map(json -> parsed(json, token.header()));
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    private static @Nullable JWSHeader parsed(String json, String header) {
        try {
            return JWSHeader.parse(json, new Base64URL(header));
        } catch (ParseException e) {
            return null;
        }
    }

    private static Optional<Map<String, Object>> claims(OwnToken token) {
        try {
            return Base64Url.decode(token.claims()).map(json -> Json.mapper().readValue(json, CLAIMS));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<Map<String, Object>> published() {
        if (activeByAlg.isEmpty()) {
            active(JWSAlgorithm.ES256.getName());
        }
        return rows.published().stream()
                .map(jwk -> Json.mapper().readValue(jwk, CLAIMS))
                .toList();
    }

    private SigningKey active(String alg) {
        Held held = activeByAlg.get(alg);
        Instant now = clock.instant();
        if (held != null && Duration.between(held.read(), now).abs().compareTo(BELIEVED) < 0) {
            return held.key();
        }
        SigningKey key = rows.active(alg, held == null ? null : held.key()).orElseGet(() -> first(alg));
        activeByAlg.put(alg, new Held(key, now));
        return key;
    }

    /** signing_key_active lets one replica win; the others read the winner's. */
    private SigningKey first(String alg) {
        return Objects.requireNonNull(apart.execute(status -> {
            rows.make(alg, "active");
            return rows.active(alg, null).orElseThrow();
        }));
    }

    private Optional<VerifyingKey> byKid(String kid) {
        VerifyingKey known = byKid.get(kid);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<VerifyingKey> found = rows.verifying(kid);
        found.ifPresent(key -> byKid.put(kid, key));
        return found;
    }
}
