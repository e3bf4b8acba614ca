package io.errand.broker.key;

import com.nimbusds.jose.JWSAlgorithm;
import io.errand.api.KeyView;
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
    private final KeySeal seal;

    SigningKeyRows(JdbcClient jdbc, KeyProperties properties) {
        this.jdbc = jdbc;
        this.seal = new KeySeal(properties.keyEncryptionKey());
    }

    /** One statement, since the private part goes when the state does; {@code known} is not opened again. Index: signing_key_active. */
    Optional<SigningKey> active(String alg, @Nullable SigningKey known) {
        return jdbc.sql("SELECT kid, sealed FROM signing_key WHERE alg = :alg AND state = 'active'")
                .param("alg", alg)
                .query((row, n) -> known != null && known.kid().equals(row.getString("kid"))
                        ? known
                        : SigningKey.read(seal.open(row.getString("kid"), row.getBytes("sealed"))))
                .optional();
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
                        .param("sealed", seal.seal(made.kid(), made.privateJwk()))
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
        return jdbc.sql("""
                        SELECT kid, alg, state, created_at, active_at, retiring_at FROM signing_key
                        ORDER BY created_at DESC, kid
                        """)
                .query((row, n) -> new KeyView(
                        row.getString("kid"),
                        row.getString("alg"),
                        row.getString("state"),
                        row.getTimestamp("created_at").toInstant(),
                        instant(row, "active_at"),
                        instant(row, "retiring_at")))
                .list();
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
