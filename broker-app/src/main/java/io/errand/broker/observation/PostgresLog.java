package io.errand.broker.observation;

import io.errand.api.Json;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Records of PostgreSQL's {@code jsonlog} and {@code csvlog}. Whose a session is and when it was are members that the server writes. The
 * message is what the session may have written itself ({@code RAISE LOG}): it can add to what its own login is seen to do, and nothing
 * to another's.
 */
final class PostgresLog {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");
    /** The column of a command still says what the session did before. */
    private static final Pattern STATEMENT =
            Pattern.compile("^(?:duration: [0-9.]+ ms +)?(?:statement|execute [^:]{1,63}): [\\s(]*([A-Za-z]{1,20})\\b");

    /** No right; and turned away before it was asked who it is: the server starts or stops, or has no place left. */
    private static final Set<String> REFUSED = Set.of("42501", "57P03", "53300");

    /** The class "invalid authorization specification" (PostgreSQL, appendix A). A session can raise it, though not as FATAL. */
    private static final String NOT_LET_IN = "28";

    private static final int COLUMNS = 23;

    private PostgresLog() {}

    /** What of a record is looked at. */
    private record Line(
            String time,
            String user,
            String database,
            String address,
            String session,
            String severity,
            String state,
            String message,
            String context) {}

    /** Empty: it is not about a session, or nothing that is kept. */
    static Optional<Observed> json(byte[] line) {
        JsonNode read;
        try {
            read = Json.mapper().readTree(line);
        } catch (JacksonException e) {
            return Optional.empty();
        }
        return observed(new Line(
                text(read, "timestamp"),
                text(read, "user"),
                text(read, "dbname"),
                text(read, "remote_host"),
                text(read, "session_id"),
                text(read, "error_severity"),
                text(read, "state_code"),
                text(read, "message"),
                text(read, "context")));
    }

    private static String text(JsonNode line, String member) {
        return line.path(member).isString() ? line.path(member).asString() : "";
    }

    static Optional<Observed> csv(byte[] line) {
        List<String> columns = columns(new String(line, StandardCharsets.UTF_8));
        if (columns.size() < COLUMNS) {
            return Optional.empty();
        }
        return observed(new Line(
                columns.get(0),
                columns.get(1),
                columns.get(2),
                columns.get(4).replaceFirst(":[0-9]+$", ""),
                columns.get(5),
                columns.get(11),
                columns.get(12),
                columns.get(13),
                columns.get(18)));
    }

    private static Optional<Observed> observed(Line line) {
        if (line.user.isEmpty() || line.session.isEmpty()) {
            return Optional.empty();
        }
        if (line.message.startsWith("AUDIT: ")) {
            // pgaudit: type, statement, substatement, class, command, type of the object, object, statement, parameters
            List<String> audit = columns(line.message.substring("AUDIT: ".length()));
            return audit.size() < 7
                    ? Optional.empty()
                    : Optional.of(seen(line, "statement", audit.get(4), audit.get(6)));
        }
        if (line.message.startsWith("connection authorized: ")) {
            // What a function raises has a context.
            return line.severity.equals("LOG") && line.context.isEmpty()
                    ? Optional.of(seen(line, "login", "", ""))
                    : Optional.empty();
        }
        Matcher statement = STATEMENT.matcher(line.message);
        if (line.severity.equals("LOG") && statement.find()) {
            return Optional.of(seen(line, "statement", statement.group(1).toUpperCase(Locale.ROOT), ""));
        }
        return switch (line.severity) {
            case "FATAL" ->
                Optional.of(seen(
                        line, line.state.startsWith(NOT_LET_IN) ? Observed.REJECTED : error(line), line.state, ""));
            case "ERROR" -> Optional.of(seen(line, error(line), line.state, ""));
            default -> Optional.empty();
        };
    }

    private static String error(Line line) {
        return REFUSED.contains(line.state) || line.state.startsWith(NOT_LET_IN) ? "refused" : "error";
    }

    private static Observed seen(Line line, String what, String command, String object) {
        return new Observed(
                time(line.time),
                Observed.clean(line.user),
                Observed.clean(line.session),
                what,
                Observed.clean(command),
                Observed.clean(object),
                Observed.clean(line.database),
                Observed.clean(line.address));
    }

    private static @Nullable Instant time(String text) {
        int zone = text.lastIndexOf(' ');
        if (zone < 0 || !(text.endsWith(" UTC") || text.endsWith(" GMT"))) {
            return null;
        }
        try {
            return LocalDateTime.parse(text.substring(0, zone), TIME).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** RFC 4180. */
    static List<String> columns(String text) {
        List<String> columns = new ArrayList<>();
        StringBuilder column = new StringBuilder();
        boolean quoted = false;
        for (int at = 0; at < text.length(); at++) {
            char one = text.charAt(at);
            if (one == '"' && quoted && at + 1 < text.length() && text.charAt(at + 1) == '"') {
                column.append('"');
                at++;
            } else if (one == '"') {
                quoted = !quoted;
            } else if (one == ',' && !quoted) {
                columns.add(column.toString());
                column.setLength(0);
            } else {
                column.append(one);
            }
        }
        columns.add(column.toString());
        return columns;
    }
}
