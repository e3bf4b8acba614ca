package io.errand.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that nobody registered.
 *
 * @param kind {@code identity}: a workload whose token was good and whose agent nobody has; {@code login}: a login at a target that the
 *     broker did not make
 * @param place the name of the issuer, or of the target
 * @param name the subject, or the login; empty: those for which there was no room, counted together
 * @param detail of a login: what it may do beyond others
 * @param times requests that were refused, or looks in which the login was there
 * @param lastUsedAt of a login: when it was last seen to have a session; absent: never
 * @param state {@code new}, {@code registered} or {@code ignored}
 * @param saidBy the administrator who said so
 */
public record DiscoveredView(
        String id,
        String kind,
        String place,
        String name,
        @Nullable String detail,
        Instant firstAt,
        Instant lastAt,
        long times,
        @Nullable Instant lastUsedAt,
        String state,
        @Nullable String saidBy,
        @Nullable Instant saidAt,
        @Nullable String comment) {}
