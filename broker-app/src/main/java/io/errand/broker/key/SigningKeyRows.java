package io.errand.broker.key;

import com.nimbusds.jose.JWSAlgorithm;
import io.errand.api.KeyView;
import io.errand.broker.shared.Secret;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Rows of {@code signing_key}, at most one active and one next for each algorithm. */
@Component
class SigningKeyRows {

    private final JdbcClient jdbc;
    private final KeyProperties properties;

    SigningKeyRows(JdbcClient jdbc, KeyProperties properties) {
        this.jdbc = jdbc;
        this.properties = properties;
        seal();
    }

    /** With the key-encryption keys as they are now. */
    private KeySeal seal() {
        return new KeySeal(properties.keyEncryptionKeys());
    }

    /** One statement, since the private part goes when the state does; {@code known} is not opened again. Index: signing_key_active. */
    Optional<SigningKey> active(String alg, @Nullable SigningKey known) {
        return jdbc.sql("SELECT kid, sealed FROM signing_key WHERE alg = :alg AND state = 'active'")
                .param("alg", alg)
                .query((row, n) -> known != null && known.kid().equals(row.getString("kid"))
                        ? known
                        : SigningKey.read(opened(row.getString("kid"), row.getBytes("sealed"))))
                .optional();
    }

    private Secret opened(String kid, byte[] sealed) {
        return seal().open(kid, sealed)
                .orElseThrow(() -> new IllegalStateException(closedBy(kid)))
                .privateJwk();
    }

    static String closedBy(String kids) {
        return "The signing keys " + kids + " in the database do not open with errand.key.encryption-key: configure the"
                + " key that they were encrypted with, after the new one if it is being replaced. If it is lost, see"
                + " docs/operations.md, A lost key-encryption key.";
    }

    @SuppressWarnings("ArrayRecordComponent") // a row, never compared
    private record Sealed(String kid, byte[] box) {}

    private List<Sealed> sealed() {
        return jdbc.sql("SELECT kid, sealed FROM signing_key WHERE sealed IS NOT NULL ORDER BY created_at, kid")
                .query((row, n) -> new Sealed(row.getString("kid"), row.getBytes("sealed")))
                .list();
    }

    /** Those that none of the key-encryption keys opens. */
    List<String> closed() {
        KeySeal seal = seal();
        return sealed().stream()
                .filter(key -> seal.open(key.kid, key.box).isEmpty())
                .map(Sealed::kid)
                .toList();
    }

    /** Seals under the first key-encryption key what another one sealed. A key that was retired meanwhile stays without. */
    List<String> resealed() {
        KeySeal seal = seal();
        return sealed().stream()
                .filter(key -> seal.open(key.kid, key.box)
                        .filter(opened -> !opened.isCurrent())
                        .filter(opened -> replace(key, seal.seal(key.kid, opened.privateJwk())))
                        .isPresent())
                .map(Sealed::kid)
                .toList();
    }

    private boolean replace(Sealed key, byte[] box) {
        return jdbc.sql("UPDATE signing_key SET sealed = :box WHERE kid = :kid AND sealed = :before")
                        .param("box", box)
                        .param("kid", key.kid)
                        .param("before", key.box)
                        .update()
                == 1;
    }

    /** A new key in this state, unless there is one: of two replicas that come at once, one makes it. */
    Optional<String> make(String alg, String state) {
        SigningKey made = SigningKey.make(JWSAlgorithm.parse(alg));
        boolean isFirst = jdbc.sql("""
                        INSERT INTO signing_key (kid, alg, state, public_jwk, sealed, active_at)
                        VALUES (:kid, :alg, :state, :jwk::jsonb, :sealed, CASE WHEN :state = 'active' THEN now() END)
                        ON CONFLICT DO NOTHING
                        """)
                        .param("kid", made.kid())
                        .param("alg", alg)
                        .param("state", state)
                        .param("jwk", made.publicJwk())
                        .param("sealed", seal().seal(made.kid(), made.privateJwk()))
                        .update()
                == 1;
        return isFirst ? Optional.of(made.kid()) : Optional.empty();
    }

    Optional<VerifyingKey> verifying(String kid) {
        return jdbc.sql("SELECT public_jwk::text FROM signing_key WHERE kid = :kid")
                .param("kid", kid)
                .query(String.class)
                .optional()
                .map(VerifyingKey::read);
    }

    List<String> published() {
        return jdbc.sql("SELECT public_jwk::text FROM signing_key ORDER BY created_at, kid")
                .query(String.class)
                .list();
    }

    List<KeyView> all() {
        KeySeal seal = seal();
        return jdbc.sql("""
                        SELECT kid, alg, state, created_at, active_at, retiring_at, sealed FROM signing_key
                        ORDER BY created_at DESC, kid
                        """)
                .query((row, n) -> new KeyView(
                        row.getString("kid"),
                        row.getString("alg"),
                        row.getString("state"),
                        row.getTimestamp("created_at").toInstant(),
                        instant(row, "active_at"),
                        instant(row, "retiring_at"),
                        sealedUnder(seal, row.getString("kid"), row.getBytes("sealed"))))
                .list();
    }

    private static @Nullable String sealedUnder(KeySeal seal, String kid, byte @Nullable [] sealed) {
        return sealed == null
                ? null
                : seal.open(kid, sealed)
                        .map(opened -> opened.isCurrent() ? "current" : "previous")
                        .orElse("unknown");
    }

    /** Held until the transaction's end; whoever rotates holds it. */
    void lockRotation() {
        jdbc.sql("SELECT 1 FROM pg_advisory_xact_lock(hashtext('errand.key.rotation'))")
                .query(Integer.class)
                .single();
    }

    /** Algorithms whose key has signed for this long and has no successor yet. */
    List<String> withoutSuccessorAfter(Duration age) {
        return jdbc.sql("""
                        SELECT alg FROM signing_key AS old
                        WHERE state = 'active' AND active_at <= now() - make_interval(secs => :age)
                        AND NOT EXISTS (SELECT FROM signing_key WHERE alg = old.alg AND state = 'next')
                        """).param("age", age.toSeconds()).query(String.class).list();
    }

    /** Algorithms whose next key has been published for this long. */
    List<String> announcedFor(Duration age) {
        return jdbc.sql("""
                        SELECT alg FROM signing_key
                        WHERE state = 'next' AND created_at <= now() - make_interval(secs => :age)
                        """).param("age", age.toSeconds()).query(String.class).list();
    }

    /** The active key becomes a retiring one, and its private part is no more. */
    Optional<String> retire(String alg) {
        return jdbc.sql("""
                        UPDATE signing_key SET state = 'retiring', retiring_at = now(), sealed = NULL
                        WHERE alg = :alg AND state = 'active' RETURNING kid
                        """).param("alg", alg).query(String.class).optional();
    }

    Optional<String> activate(String alg) {
        return jdbc.sql("""
                        UPDATE signing_key SET state = 'active', active_at = now()
                        WHERE alg = :alg AND state = 'next' RETURNING kid
                        """).param("alg", alg).query(String.class).optional();
    }

    List<String> deleteRetiredBefore(Duration age) {
        return jdbc.sql("""
                        DELETE FROM signing_key
                        WHERE state = 'retiring' AND retiring_at < now() - make_interval(secs => :age) RETURNING kid
                        """).param("age", age.toSeconds()).query(String.class).list();
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        Timestamp at = row.getTimestamp(column);
        return at == null ? null : at.toInstant();
    }
}
