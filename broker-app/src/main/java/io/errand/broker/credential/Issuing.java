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

    /** The target said no, and nothing was made. */
    record Refused(String reason) implements Issuing {}

    /** A timeout, a lost reply: something may have been made. {@code retryAfter} is what the target asked for. */
    record Unknown(String cause, @Nullable Duration retryAfter) implements Issuing {}
}
