package io.errand.broker.usage;

import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** How far back is looked: {@code P1D} to {@code P90D}, and {@code P30D} for who does not say. */
final class Period {

    private static final Duration SHORTEST = Duration.ofDays(1);
    private static final Duration USUAL = Duration.ofDays(30);
    private static final Duration LONGEST = Duration.ofDays(90);

    private Period() {}

    static Result<Duration> read(@Nullable String since) {
        try {
            return of(since == null ? null : Duration.parse(since));
        } catch (DateTimeParseException e) {
            return bad();
        }
    }

    static Result<Duration> of(@Nullable Duration since) {
        Duration asked = since == null ? USUAL : since;
        return asked.compareTo(SHORTEST) < 0 || asked.compareTo(LONGEST) > 0 ? bad() : Result.ok(asked);
    }

    private static Result<Duration> bad() {
        return Result.refused(
                Problem.invalidMember("since", "since is a duration from P1D to P90D, for example P30D."));
    }
}
