package io.errand.broker.identity;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Seconds since 1970, with a fraction or without (RFC 7519 §2): what comes after the point is cut off. */
public final class NumericDate {

    /** The end of the year 9999, which is as far as timestamps go. */
    public static final long LAST_SECOND = 253_402_300_799L;

    private NumericDate() {}

    /** Empty: it is no number, or no time of this era. */
    public static Optional<Long> of(@Nullable Object claim) {
        return switch (claim) {
            case Integer value -> era(value.longValue());
            case Long value -> era(value);
            case Double value
            when Double.isFinite(value) && Math.abs(value) <= LAST_SECOND + 1 -> era(value.longValue());
            case BigDecimal value
            when value.precision() - value.scale() <= 13 && value.scale() < 64 -> era(value.longValue());
            case BigInteger value -> Optional.empty();
            case null, default -> Optional.empty();
        };
    }

    private static Optional<Long> era(long seconds) {
        return seconds > 0 && seconds <= LAST_SECOND ? Optional.of(seconds) : Optional.empty();
    }
}
