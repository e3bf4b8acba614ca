package io.errand.broker.identity.possession;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Nonces for DPoP proofs (RFC 9449 §8): one for every minute of the database's clock, drawn by whichever replica comes first in
 * that minute and read by all others. None is secret, and none can be known before its minute; it is accepted in that minute and
 * the two after it.
 */
@Component
class Nonces {

    private static final int BYTES = 18;

    /** What was read at once; {@code until} by {@link System#nanoTime}: the end of the minute. */
    private record Known(List<String> accepted, long until) {}

    private final JdbcClient jdbc;
    private final SecureRandom random = new SecureRandom();
    private final ReentrantLock reading = new ReentrantLock();
    private volatile @Nullable Known known;

    Nonces(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    String current() {
        return usable().accepted().getFirst();
    }

    /** One that is not known may be of a minute that began at another replica first. */
    boolean isAccepted(String nonce) {
        return usable().accepted().contains(nonce) || draw().accepted().contains(nonce);
    }

    private Known usable() {
        Known now = known;
        if (now != null && System.nanoTime() - now.until < 0) {
            return now;
        }
        reading.lock();
        try {
            Known other = known;
            return other != null && System.nanoTime() - other.until < 0 ? other : draw();
        } finally {
            reading.unlock();
        }
    }

    private Known draw() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        jdbc.sql("""
                        INSERT INTO dpop_nonce (minute, nonce) VALUES (floor(extract(epoch FROM now()) / 60), :nonce)
                        ON CONFLICT (minute) DO NOTHING
                        """)
                .param("nonce", Base64.getUrlEncoder().withoutPadding().encodeToString(bytes))
                .update();
        Known drawn = read();
        known = drawn;
        return drawn;
    }

    private Known read() {
        long asked = System.nanoTime();
        List<Long> left = new ArrayList<>();
        // Index: dpop_nonce_pkey.
        List<String> accepted = jdbc.sql("""
                        SELECT nonce, 60000 - (extract(epoch FROM now()) * 1000)::bigint % 60000 AS left FROM dpop_nonce
                        WHERE minute >= floor(extract(epoch FROM now()) / 60) - 2 ORDER BY minute DESC
                        """)
                .query((row, n) -> {
                    left.add(row.getLong("left"));
                    return row.getString("nonce");
                })
                .list();
        return new Known(accepted, asked + TimeUnit.MILLISECONDS.toNanos(left.getFirst()));
    }

    @Scheduled(fixedDelayString = "PT10M", initialDelayString = "PT1M")
    void purge() {
        jdbc.sql("DELETE FROM dpop_nonce WHERE minute < floor(extract(epoch FROM now()) / 60) - 60")
                .update();
    }
}
