package io.errand.broker.signal;

import io.errand.broker.shared.doctor.Diagnostic;
import io.errand.broker.signal.SignalProperties.Format;
import io.errand.broker.signal.SignalProperties.Receiver;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Whether those who are to be told are. */
@Component
class SignalDiagnostic implements Diagnostic {

    private static final long LATE_SECONDS = 300;

    private final JdbcClient jdbc;
    private final SignalProperties settings;

    SignalDiagnostic(JdbcClient jdbc, SignalProperties settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    @Override
    public String area() {
        return "signals";
    }

    @Override
    public List<Part> parts() {
        return settings.receivers().keySet().stream()
                .sorted()
                .map(name -> Part.of(name, () -> look(name)))
                .toList();
    }

    private record Oldest(long seconds, String lastError) {}

    private Result look(String receiver) {
        return jdbc.sql("""
                        SELECT extract(epoch FROM now() - created_at)::bigint AS seconds, coalesce(last_error, '') AS last_error
                          FROM outbox WHERE receiver = :receiver ORDER BY id LIMIT 1
                        """)
                .param("receiver", receiver)
                .query((row, n) -> new Oldest(row.getLong("seconds"), row.getString("last_error")))
                .optional()
                .filter(oldest -> oldest.seconds > LATE_SECONDS)
                .map(oldest -> Result.warning(
                        "a notification waits since " + oldest.seconds + " s"
                                + (oldest.lastError.isEmpty() ? "" : ": " + oldest.lastError),
                        remedy(
                                "errand.signal.receivers." + receiver,
                                settings.receivers().get(receiver))))
                .orElseGet(() -> Result.ok("nothing waits longer than " + LATE_SECONDS + " s"));
    }

    private static String remedy(String key, @Nullable Receiver receiver) {
        return switch (receiver == null ? Format.WEBHOOK : receiver.format()) {
            case WEBHOOK -> "See that " + key + ".url can be reached and answers 2xx.";
            case SLACK -> "See that the address in " + key + ".url-file can be reached and answers 2xx.";
            case MAIL -> "See that errand.mail.host can be reached and takes mail to " + key + ".to.";
        };
    }
}
