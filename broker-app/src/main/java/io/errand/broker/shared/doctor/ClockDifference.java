package io.errand.broker.shared.doctor;

import io.errand.broker.shared.doctor.Diagnostic.Result;
import java.time.Duration;
import java.util.Locale;

/** What is said of two clocks. */
public final class ClockDifference {

    private static final Duration MOST = Duration.ofSeconds(5);

    private ClockDifference() {}

    /**
     * @param ahead how much this machine's clock is ahead; negative: it is behind
     * @param whose the other clock is
     */
    public static Result of(Duration ahead, String whose) {
        String seconds = String.format(
                Locale.ROOT,
                "%.1f s %s %s",
                ahead.abs().toMillis() / 1000.0,
                ahead.isNegative() ? "behind" : "ahead of",
                whose);
        return ahead.abs().compareTo(MOST) > 0
                ? Result.warning(
                        "this machine's clock is " + seconds,
                        "Synchronize both with NTP: tokens are judged by this clock, and leases end by the database's.")
                : Result.ok("this machine's clock is " + seconds);
    }
}
