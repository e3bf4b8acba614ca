package io.errand.broker.shared.web;

import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.http.HttpStatus;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionTimedOutException;

/** What callers are told of an exception. */
public final class Faults {

    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

    private static final int DEEPEST_CAUSE = 20;

    /** Found out by whoever first asks for a parameter, which may be behind every filter. */
    private static final Problem MALFORMED = Problem.badRequest(
            "The query is not well formed: a parameter has a name, and what is not a letter or a digit is"
                    + " percent-encoded in UTF-8, without control characters.");

    private static final Problem NO_TEXT =
            Problem.badRequest("What was sent has a NUL character in it, which is not text.");

    private Faults() {}

    public static Problem of(@Nullable Throwable fault) {
        if (causedBy(fault, BodyTooLarge.class).isPresent()) {
            return BodyTooLarge.PROBLEM;
        }
        if (causedBy(fault, InvalidParameterException.class).isPresent()
                || causedBy(fault, RequestRejectedException.class).isPresent()) {
            return MALFORMED;
        }
        if (fault != null && databaseIsDown(fault)) {
            LOG.warn("The database does not answer: {}", fault.toString());
            return new Problem(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "unavailable",
                    "The service cannot reach its database; try again later.",
                    Map.of());
        }
        if (causedBy(fault, SQLException.class).filter(Faults::saysNoText).isPresent()) {
            return NO_TEXT;
        }
        if (causedBy(fault, ConcurrencyFailureException.class).isPresent()
                || causedBy(fault, DataIntegrityViolationException.class).isPresent()) {
            LOG.info("Two changes met: {}", String.valueOf(fault));
            return Problem.conflict("Somebody else changed this at the same time; read it again and repeat.");
        }
        String id = Ids.next().toString();
        LOG.error("Fault {}", id, fault);
        return new Problem(
                HttpStatus.INTERNAL_SERVER_ERROR,
                "fault",
                "This is a fault of the service; tell its operator the number in 'fault'.",
                Map.of("fault", id));
    }

    /** A NUL is in no text of PostgreSQL: {@code character_not_in_repertoire}, and {@code untranslatable_character} in JSON. */
    private static boolean saysNoText(SQLException fault) {
        return "22021".equals(fault.getSQLState()) || "22P05".equals(fault.getSQLState());
    }

    private static boolean databaseIsDown(Throwable fault) {
        return causedBy(fault, CannotCreateTransactionException.class).isPresent()
                || causedBy(fault, TransactionTimedOutException.class).isPresent()
                || causedBy(fault, DataAccessResourceFailureException.class).isPresent()
                || causedBy(fault, SQLException.class)
                        .filter(Faults::saysUnavailable)
                        .isPresent();
    }

    private static boolean saysUnavailable(SQLException fault) {
        String state = fault.getSQLState();
        // The pool closes a connection that broke, and whoever then rolls back on it hears this, without a code.
        return state == null ? "Connection is closed".equals(fault.getMessage()) : saysUnavailable(state);
    }

    /** PostgreSQL's error codes, appendix A: connection, resources, shutdown, input and output, and a read-only server. */
    private static boolean saysUnavailable(String state) {
        return state.startsWith("08")
                || state.startsWith("53")
                || state.startsWith("57P")
                || state.startsWith("58")
                || state.equals("25006");
    }

    public static <T extends Throwable> Optional<T> causedBy(@Nullable Throwable fault, Class<T> type) {
        Throwable at = fault;
        for (int i = 0; at != null && i < DEEPEST_CAUSE; i++) {
            if (type.isInstance(at)) {
                return Optional.of(type.cast(at));
            }
            at = at.getCause();
        }
        return Optional.empty();
    }
}
