package io.errand.broker.credential;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came of destroying a credential. */
public sealed interface Destruction {

    /**
     * Seen to be gone (P2).
     *
     * @param kind {@code absent} (looked for at the target and not there), {@code disabled} (there, and unusable) or {@code expired}
     *     (verifiers held it until its end)
     * @param statement what was looked at and what was seen, in a sentence
     * @param facts the same for machines
     */
    record Gone(String kind, String statement, Map<String, Object> facts) implements Destruction {}

    /**
     * Not seen to be gone: try again.
     *
     * @param after what the target asked for
     * @param targetDown whether it is the target that fails, so that asking it for another lease is in vain
     */
    record Retry(String cause, @Nullable Duration after, boolean targetDown) implements Destruction {

        /** It is this lease that does not go. */
        public Retry(String cause, @Nullable Duration after) {
            this(cause, after, false);
        }
    }

    /**
     * Seen to be unusable, though something that the broker may not remove keeps it from being dropped: no login, no memberships,
     * no session, no prepared transaction.
     *
     * @param cause what keeps it
     * @param remedy what a database administrator runs, so that nothing is left
     * @param passing whether the cause may go by itself within seconds (somebody's lock)
     */
    record Disabled(String cause, String remedy, boolean passing, String statement, Map<String, Object> facts)
            implements Destruction {

        /** What stands in a receipt, which the agent may read: not the cause, which speaks of others. */
        public Gone evidence() {
            return new Gone("disabled", statement, facts);
        }
    }

    /** Whoever holds the credential keeps it from being ended: to be tried again at once, beside those that do not resist. */
    record Resists(String cause) implements Destruction {}

    /** Refused online, but those who check it offline hold it until then: look again at that time. It is no failure. */
    record Lingers(Instant until) implements Destruction {}
}
