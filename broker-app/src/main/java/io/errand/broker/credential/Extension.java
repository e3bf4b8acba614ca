package io.errand.broker.credential;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What came of asking that a credential live longer. */
public sealed interface Extension {

    /** @param validUntil when the target itself will refuse it now; never later than what was asked for */
    record Extended(Instant validUntil) implements Extension {}

    /** Such a credential ends when it was said to end when it was made. */
    record NotExtendable(String reason) implements Extension {}

    /** Not seen to be extended: its end at the target is the old one or the new one. */
    record Retry(String cause, @Nullable Duration after) implements Extension {}
}
