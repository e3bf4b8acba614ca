package io.errand.broker.observation;

import io.errand.api.LeaseView;
import io.errand.broker.credential.Logged;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whose a session is.
 *
 * @param lease null: of none that there is
 * @param cause why no lease allows what it did; null: one does
 */
record Attribution(@Nullable LeaseView lease, @Nullable String cause) {

    private static final Pattern WITH_HYPHENS =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final Pattern WITHOUT = Pattern.compile("[0-9a-f]{32}");

    /** By so much clocks of targets may differ from the database's. */
    private static final Duration CLOCKS = Duration.ofSeconds(5);

    /** Whose id the login's name carries, with its hyphens or without; null: nobody's. */
    static @Nullable UUID named(String login) {
        String name = login.toLowerCase(Locale.ROOT);
        Matcher hyphens = WITH_HYPHENS.matcher(name);
        if (hyphens.find()) {
            return UUID.fromString(hyphens.group());
        }
        Matcher without = WITHOUT.matcher(name);
        return without.find()
                ? UUID.fromString(without.group().replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5"))
                : null;
    }

    /**
     * Of something that was seen from one time to another.
     *
     * @param isNamed whether the login's name carries an id
     * @param lease that has it; null: none
     * @param holder what the target's log calls the lease's holder, where the name alone proves nothing; null: it does
     */
    static Attribution of(
            boolean isNamed,
            @Nullable LeaseView lease,
            @Nullable Logged holder,
            String session,
            Instant first,
            Instant last) {
        if (!isNamed) {
            return new Attribution(null, "the login is of no lease");
        }
        if (lease == null) {
            return new Attribution(null, "there is no such lease");
        }
        if (holder != null && !(holder instanceof Logged.As as && as.names().contains(session))) {
            return new Attribution(null, "its token is not the lease's, whose id it bears");
        }
        if (first.isBefore(lease.createdAt().minus(CLOCKS))) {
            return new Attribution(lease, "its lease was not made yet");
        }
        return new Attribution(
                lease,
                lease.revokedAt() != null && last.isAfter(lease.revokedAt().plus(CLOCKS))
                        ? "its lease was seen to be gone before"
                        : null);
    }
}
