package io.errand.broker.key;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import io.errand.api.Json;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * The keys as all replicas share them: rows of {@code signing_key}. Memory holds what was opened once; a {@code kid} that it does
 * not know is looked for in the table, so a key made by another replica verifies at once.
 */
@Component
class KeyRing implements Keys {

    private static final int MAX_TOKEN = 32 * 1024;
    private static final Pattern COMPACT = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
    private static final Pattern KID = Pattern.compile("[0-9a-f-]{36}");
    private static final TypeReference<Map<String, Object>> CLAIMS = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final KeySeal seal;

    /** A new key is committed by itself: what was signed with it must verify even if the caller's transaction is rolled back. */
    private final TransactionTemplate apart;

    private final Map<String, SigningKey> byKid = new ConcurrentHashMap<>();
    private final Map<String, SigningKey> activeByAlg = new ConcurrentHashMap<>();

    KeyRing(JdbcClient jdbc, KeyProperties properties, PlatformTransactionManager transactions) {
        this.jdbc = jdbc;
        this.apart = new TransactionTemplate(transactions);
        this.apart.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.seal = new KeySeal(properties.keyEncryptionKey());
    }

    @Override
    public String sign(TokenKind kind, Map<String, Object> claims, String alg) {
        return activeByAlg
                .computeIfAbsent(alg, this::inOwnTransaction)
                .sign(kind, Json.mapper().writeValueAsBytes(claims));
    }

    @Override
    public Optional<Map<String, Object>> read(TokenKind kind, String token) {
        if (token.length() > MAX_TOKEN || !COMPACT.matcher(token).matches()) {
            return Optional.empty();
        }
        try {
            JWSObject jws = JWSObject.parse(token);
            String kid = jws.getHeader().getKeyID();
            if (jws.getHeader().getType() == null
                    || !kind.typ().equals(jws.getHeader().getType().getType())
                    || kid == null
                    || !KID.matcher(kid).matches()) {
                return Optional.empty();
            }
            Optional<SigningKey> key = byKid(kid);
            return key.isPresent() && key.get().verifies(jws)
                    ? Optional.of(Json.mapper().readValue(jws.getPayload().toBytes(), CLAIMS))
                    : Optional.empty();
        } catch (ParseException | JacksonException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<Map<String, Object>> published() {
        if (activeByAlg.isEmpty()) {
            activeByAlg.computeIfAbsent(JWSAlgorithm.ES256.getName(), this::inOwnTransaction);
        }
        return jdbc
                .sql("SELECT public_jwk::text FROM signing_key ORDER BY created_at, kid")
                .query(String.class)
                .list()
                .stream()
                .map(jwk -> Json.mapper().readValue(jwk, CLAIMS))
                .toList();
    }

    private SigningKey inOwnTransaction(String alg) {
        return Objects.requireNonNull(apart.execute(status -> activeOrNew(alg)));
    }

    private SigningKey activeOrNew(String alg) {
        return active(alg).orElseGet(() -> {
            SigningKey made = SigningKey.make(JWSAlgorithm.parse(alg));
            // signing_key_active lets one replica win; the others read the winner's.
            jdbc.sql("""
                            INSERT INTO signing_key (kid, alg, state, public_jwk, sealed)
                            VALUES (:kid, :alg, 'active', :jwk::jsonb, :sealed)
                            ON CONFLICT DO NOTHING
                            """)
                    .param("kid", made.kid())
                    .param("alg", alg)
                    .param("jwk", made.publicJwk())
                    .param("sealed", seal.seal(made.kid(), made.privateJwk()))
                    .update();
            return active(alg).orElseThrow();
        });
    }

    private Optional<SigningKey> active(String alg) {
        return jdbc.sql("SELECT kid FROM signing_key WHERE alg = :alg AND state = 'active'")
                .param("alg", alg)
                .query(String.class)
                .optional()
                .flatMap(this::byKid);
    }

    private Optional<SigningKey> byKid(String kid) {
        SigningKey known = byKid.get(kid);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<SigningKey> found = jdbc.sql("SELECT sealed FROM signing_key WHERE kid = :kid")
                .param("kid", kid)
                .query((row, n) -> row.getBytes("sealed"))
                .optional()
                .map(box -> SigningKey.read(seal.open(kid, box)));
        found.ifPresent(key -> byKid.put(kid, key));
        return found;
    }
}
