package io.errand.broker.signal.transmitter;

import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.signal.transmitter.EventQueue.Waiting;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Security Event Tokens (RFC 8417). One that is sent again says the same: {@code jti} and {@code iat} are those of when it was written
 * down. It has no {@code exp} and no {@code sub} (SSF 1.0 §4.1), and its {@code typ} and audience are of no token that anybody takes.
 */
@Component
class SignedEvents {

    /** What the CAEP Interoperability Profile (§2.6) asks all receivers to know. */
    private static final String ALGORITHM = "RS256";

    private final Keys keys;
    private final String ourselves;

    SignedEvents(Keys keys, ErrandProperties errand) {
        this.keys = keys;
        this.ourselves = errand.issuer();
    }

    String audience(UUID stream) {
        return ourselves + StreamEndpoint.STREAM + "/" + stream;
    }

    String sign(UUID stream, Waiting event) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", ourselves);
        claims.put("aud", audience(stream));
        claims.put("iat", event.at().getEpochSecond());
        claims.put("jti", event.jti().toString());
        claims.putAll(event.claims());
        return keys.sign(TokenKind.SECURITY_EVENT, claims, ALGORITHM);
    }
}
