package io.errand.broker.observation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that a session did, by its target's own log.
 *
 * @param at null: the log tells the time in another zone than UTC
 * @param login of Vault's tokens the display name
 * @param session what the target calls the session; no two of one server are the same. Vault: the token's accessor, hashed
 * @param what {@code login}, {@code statement}, {@code request}, {@code refused}, {@code rejected} (at its login: it was never in) or
 *     {@code error}
 * @param command for example {@code SELECT}; of PostgreSQL's refusals and errors the SQLSTATE; of Vault's requests the operation;
 *     empty: none is known
 * @param object what it was done to; empty: none is known
 */
record Observed(
        @Nullable Instant at,
        String login,
        String session,
        String what,
        String command,
        String object,
        String database,
        String address) {

    /**
     * PostgreSQL writes {@code connection authorized} when the password was right, and looks only then whether the role is still there
     * and may log in. So this takes a login of the same session back.
     */
    static final String REJECTED = "rejected";

    private static final int MOST = 128;

    /** What others wrote, without what is of no use to anybody who reads or stores it: control characters, and what is too long. */
    static String clean(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", " ");
        return clean.length() > MOST ? clean.substring(0, MOST) : clean;
    }

    Observed at(@Nullable Instant time) {
        return new Observed(time, login, session, what, command, object, database, address);
    }

    /** Whether it was never in. */
    boolean isRejected() {
        return what.equals(REJECTED);
    }

    /** Whether it may still be taken back. */
    boolean isLogin() {
        return what.equals("login");
    }

    /** Whether somebody was in, rather than turned away. */
    boolean isAccess() {
        return what.equals("login") || what.equals("statement") || what.equals("request");
    }
}
