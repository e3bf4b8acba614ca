package io.errand.broker.key;

import com.nimbusds.jose.JWSAlgorithm;
import io.errand.broker.shared.health.BoundedHealth;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** A replica that cannot open the signing keys answers every exchange with a fault, so it is sent none. */
@Component("keysHealthIndicator")
class KeysHealth extends BoundedHealth {

    /** What opened opens again; a probe more often would only fill the pool when it is short. */
    private static final Duration GOOD_FOR = Duration.ofSeconds(30);

    private final SigningKeyRows rows;
    private volatile long opened = System.nanoTime() - GOOD_FOR.toNanos();

    KeysHealth(SigningKeyRows rows) {
        super("The signing keys are in the database, which gave no answer within a second.");
        this.rows = rows;
    }

    @Override
    protected Optional<String> missing() {
        if (System.nanoTime() - opened >= GOOD_FOR.toNanos()) {
            rows.active(JWSAlgorithm.ES256.getName(), null);
            opened = System.nanoTime();
        }
        return Optional.empty();
    }

    @Override
    protected String faulty(Throwable fault) {
        return fault instanceof IllegalStateException wrong
                ? String.valueOf(wrong.getMessage())
                : "The signing keys could not be read from the database.";
    }
}
