package io.errand.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a session at a target did, by the target's own log.
 *
 * @param source whose log it stands in, by its name in the service's configuration
 * @param login whose session it was; of Vault's tokens the display name
 * @param lease whose id the login carries; absent: none
 * @param session what the target calls it; Vault: the token's accessor, hashed
 * @param what {@code login}, {@code statement}, {@code request}, {@code refused}, {@code rejected} (at its login: it was never in) or {@code error}
 * @param command for example {@code SELECT}; of PostgreSQL's refusals and errors the SQLSTATE; of Vault's requests the operation;
 *     empty: none is known
 * @param object what it was done to, where the target's log says so; Vault: the path
 * @param address where the session came from, as the target saw it
 * @param times how often
 * @param cause why no lease allowed it; absent: one did
 */
public record ObservedView(
        String source,
        String target,
        String login,
        @Nullable String lease,
        String session,
        String what,
        String command,
        String object,
        String database,
        String address,
        Instant firstAt,
        Instant lastAt,
        long times,
        @Nullable String cause) {}
