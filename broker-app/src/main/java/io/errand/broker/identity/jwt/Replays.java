package io.errand.broker.identity.jwt;

import io.errand.api.Sha256;
import java.time.Instant;
import java.time.ZoneOffset;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** What is accepted once: tokens of single-use issuers, client assertions, DPoP proofs. Asked only after verification. */
@Component
public class Replays {

    private final JdbcClient jdbc;

    public Replays(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    public boolean isFirst(TrustedIssuer issuer, CompactJws jws, Instant exp) {
        return isFirst(issuer.iss(), key(jws), exp.plusSeconds(TokenRules.SKEW));
    }

    /** A proof's {@code jti} is its key's: two holders may choose the same one. */
    public boolean isFirstOfKey(String thumbprint, String jti, Instant until) {
        return isFirst("dpop:" + thumbprint, "jti:" + Sha256.hex(jti), until);
    }

    /** A security event's {@code jti} is its transmitter's. In the transaction of what the event changes: undone with that. */
    public boolean isFirstOfTransmitter(String transmitter, String jti, Instant until) {
        return isFirst("transmitter:" + transmitter, "jti:" + Sha256.hex(jti), until);
    }

    /** Whether this is the first time. One statement decides, so that of two at once one loses. */
    private boolean isFirst(String issuer, String token, Instant until) {
        return jdbc.sql("""
                        INSERT INTO replay (issuer, token, expires_at) VALUES (:issuer, :token, :expires)
                        ON CONFLICT (issuer, token) DO NOTHING
                        """)
                        .param("issuer", issuer)
                        .param("token", token)
                        .param("expires", until.atOffset(ZoneOffset.UTC))
                        .update()
                == 1;
    }

    /**
     * The margin is for replicas whose clocks differ from the database's: as long as one of them may still accept a token, its
     * row is here. Index: replay_expired.
     */
    @Scheduled(fixedDelayString = "PT10M", initialDelayString = "PT1M")
    public void purge() {
        jdbc.sql("DELETE FROM replay WHERE expires_at < now() - interval '1 hour'")
                .update();
    }

    /** Without a {@code jti} it is what was signed: of the signature itself, ECDSA has two valid spellings. */
    private static String key(CompactJws jws) {
        return jws.claims().get("jti") instanceof String jti
                ? "jti:" + Sha256.hex(jti)
                : "token:" + Sha256.hex(jws.signed());
    }
}
