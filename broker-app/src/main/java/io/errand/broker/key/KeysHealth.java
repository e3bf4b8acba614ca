package io.errand.broker.key;

import com.nimbusds.jose.JWSAlgorithm;
import io.errand.broker.shared.health.BoundedHealth;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** A replica that cannot open the signing keys answers every exchange with a fault, so it is sent none. */
@Component("keysHealthIndicator")
class KeysHealth extends BoundedHealth {

    private final SigningKeyRows rows;

    KeysHealth(SigningKeyRows rows) {
        super("The signing keys are in the database, which gave no answer within a second.");
        this.rows = rows;
    }

    @Override
    protected Optional<String> missing() {
        rows.active(JWSAlgorithm.ES256.getName(), null);
        return Optional.empty();
    }

    @Override
    protected String faulty(Throwable fault) {
        return fault instanceof IllegalStateException wrong
                ? String.valueOf(wrong.getMessage())
                : "The signing keys could not be read from the database.";
    }
}
