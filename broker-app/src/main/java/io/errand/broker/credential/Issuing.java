package io.errand.broker.credential;

import io.errand.broker.shared.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came of asking for a credential. */
public sealed interface Issuing {

    /**
     * @param reference what finds it again at the target
     * @param data what the agent logs in with, in the order shown; secret values are {@link Secret}
     * @param validUntil when the target itself will refuse it
     */
    record Issued(String reference, Map<String, Object> data, Instant validUntil) implements Issuing {}

    /**
     * The target said no, and nothing was made.
     *
     * @param reason the target's own words, for operators
     * @param decided whether it decides so until a person changes something there; false: it may say yes later
     */
    record Refused(String reason, boolean decided) implements Issuing {

        /** It may say yes later. */
        public Refused(String reason) {
            this(reason, false);
        }
    }

    /** A timeout, a lost reply: something may have been made. {@code retryAfter} is what the target asked for. */
    record Unknown(String cause, @Nullable Duration retryAfter) implements Issuing {}
}
