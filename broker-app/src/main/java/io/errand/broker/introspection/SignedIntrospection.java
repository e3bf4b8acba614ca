package io.errand.broker.introspection;

import io.errand.broker.caller.TokenCaller;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/**
 * An introspection's answer as a token (RFC 9701), for whoever must show later what it was told. It has no lifetime and no subject
 * of its own (§5), so that nobody takes it for the token that it speaks of.
 */
@Component
public class SignedIntrospection {

    public static final String TYPE = "application/token-introspection+jwt";
    public static final String ALGORITHM = "ES256";

    private static final MediaType SIGNED = MediaType.parseMediaType(TYPE);

    private final Keys keys;
    private final ErrandProperties errand;
    private final Clock clock;

    SignedIntrospection(Keys keys, ErrandProperties errand, Clock clock) {
        this.keys = keys;
        this.errand = errand;
        this.clock = clock;
    }

    /** §4: asked for by name; a wildcard alone means the JSON that every caller of RFC 7662 reads. */
    public static boolean isWanted(@Nullable String accept) {
        List<MediaType> types;
        try {
            types = MediaType.parseMediaTypes(accept);
        } catch (InvalidMediaTypeException e) {
            return false;
        }
        double signed = quality(types, SIGNED).orElse(0.0);
        return signed > 0
                && signed >= quality(types, MediaType.APPLICATION_JSON).orElse(0.0);
    }

    private static Optional<Double> quality(List<MediaType> types, MediaType wanted) {
        return types.stream()
                .filter(wanted::equalsTypeAndSubtype)
                .map(MediaType::getQualityValue)
                .max(Double::compare);
    }

    public String sign(Map<String, Object> answer, TokenCaller tokenCaller) {
        return keys.sign(
                TokenKind.INTROSPECTION,
                Map.of(
                        "iss", errand.issuer(),
                        "aud", tokenCaller.name(),
                        "iat", clock.instant().getEpochSecond(),
                        "token_introspection", answer),
                ALGORITHM);
    }
}
