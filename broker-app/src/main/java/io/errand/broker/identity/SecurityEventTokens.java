package io.errand.broker.identity;

import io.errand.broker.identity.Verification.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Security Event Tokens (RFC 8417) of registered transmitters. */
public interface SecurityEventTokens {

    /**
     * What a transmitter's tokens must satisfy.
     *
     * @param name ours for it
     * @param iss exactly what they say
     * @param jwksUri where its keys are; null: its OpenID discovery document says
     * @param algorithms as headers spell them
     * @param longestAge since {@code iat}
     */
    record Transmitter(
            String name,
            String iss,
            @Nullable String jwksUri,
            String audience,
            List<String> algorithms,
            Duration longestAge) {}

    /** Looks at the tokens of one transmitter, and keeps its keys. */
    interface Verifier {

        /** Whether it is the transmitter's and meant for us. That it comes for the first time is not looked at. */
        Reading read(String token);

        /** Asks for the keys now, and changes nothing. */
        Keys look();
    }

    /**
     * What a transmitter answered.
     *
     * @param usable how many keys can verify a token
     * @param failure why there was no answer; null: there was one
     */
    record Keys(int usable, @Nullable String failure) {}

    sealed interface Reading {}

    /**
     * To be believed.
     *
     * @param claims read only
     * @param until how long the same one would be believed
     */
    record Believed(String jti, Map<String, Object> claims, Instant until) implements Reading {}

    /** @param isForNow whether the same one may be believed in a moment: the keys could not be had */
    record Refused(Rejected why, boolean isForNow) implements Reading {}

    Verifier of(Transmitter transmitter);

    /**
     * Whether a believed token comes for the first time, which is remembered in the transaction under way: with what the token
     * changes, or not at all.
     *
     * @param transmitter our name for it, whose own its {@code jti} is
     */
    boolean isFirst(String transmitter, Believed token);
}
