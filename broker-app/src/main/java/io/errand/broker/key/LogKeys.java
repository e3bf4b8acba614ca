package io.errand.broker.key;

import io.errand.api.log.LogSigner;
import io.errand.api.log.VerifierKey;
import io.errand.broker.shared.Secret;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The keys that sign checkpoints of the audit log, one for each log, under its name: they are not rotated, since others keep them. */
@Component
public class LogKeys {

    private final JdbcClient jdbc;
    private final KeyProperties properties;

    LogKeys(JdbcClient jdbc, KeyProperties properties) {
        this.jdbc = jdbc;
        this.properties = properties;
    }

    /** The key of a log that begins, in the transaction that is under way. */
    public void make(String name) {
        LogSigner made = LogSigner.make(name);
        jdbc.sql("INSERT INTO log_key (name, vkey, sealed) VALUES (:name, :vkey, :sealed)")
                .param("name", name)
                .param("vkey", made.verifier().toString())
                .param(
                        "sealed",
                        seal().seal(name, new Secret(Base64.getEncoder().encodeToString(made.encoded()))))
                .update();
    }

    /** What signs for a log that has a key. */
    public LogSigner signer(String name) {
        return jdbc.sql("SELECT vkey, sealed FROM log_key WHERE name = :name")
                .param("name", name)
                .query((row, n) -> LogSigner.read(
                        VerifierKey.parse(row.getString("vkey")).orElseThrow(),
                        Base64.getDecoder()
                                .decode(seal().open(name, row.getBytes("sealed"))
                                        .orElseThrow(() -> new IllegalStateException(SigningKeyRows.closedBy(name)))
                                        .privateJwk()
                                        .reveal())))
                .single();
    }

    public Optional<VerifierKey> verifier(String name) {
        return jdbc.sql("SELECT vkey FROM log_key WHERE name = :name")
                .param("name", name)
                .query(String.class)
                .optional()
                .flatMap(VerifierKey::parse);
    }

    /** Whether the private key of a log is lost (docs/operations.md, A lost key-encryption key). */
    public boolean isLost(String name) {
        return jdbc.sql("SELECT sealed IS NULL FROM log_key WHERE name = :name")
                .param("name", name)
                .query(Boolean.class)
                .optional()
                .orElse(true);
    }

    private KeySeal seal() {
        return new KeySeal(properties.keyEncryptionKeys());
    }

    @SuppressWarnings("ArrayRecordComponent") // a row, never compared
    private record Sealed(String name, byte[] box) {}

    private List<Sealed> sealed() {
        return jdbc.sql("SELECT name, sealed FROM log_key WHERE sealed IS NOT NULL ORDER BY created_at, name")
                .query((row, n) -> new Sealed(row.getString("name"), row.getBytes("sealed")))
                .list();
    }

    /** Those that none of the key-encryption keys opens. */
    List<String> closed() {
        KeySeal seal = seal();
        return sealed().stream()
                .filter(key -> seal.open(key.name, key.box).isEmpty())
                .map(Sealed::name)
                .toList();
    }

    /** Seals under the first key-encryption key what another one sealed. */
    List<String> resealed() {
        KeySeal seal = seal();
        return sealed().stream()
                .filter(key -> seal.open(key.name, key.box)
                        .filter(opened -> !opened.isCurrent())
                        .filter(opened -> replace(key, seal.seal(key.name, opened.privateJwk())))
                        .isPresent())
                .map(Sealed::name)
                .toList();
    }

    private boolean replace(Sealed key, byte[] box) {
        return jdbc.sql("UPDATE log_key SET sealed = :box WHERE name = :name AND sealed = :before")
                        .param("box", box)
                        .param("name", key.name)
                        .param("before", key.box)
                        .update()
                == 1;
    }
}
