package io.errand.broker.stream;

import io.errand.broker.audit.LogReader;
import io.errand.broker.audit.LogReader.Lag;
import io.errand.broker.shared.doctor.Diagnostic;
import io.errand.broker.stream.StreamCursors.State;
import java.util.List;
import org.springframework.stereotype.Component;

/** Whether those who are sent the audit log have it. */
@Component
class StreamDiagnostic implements Diagnostic {

    private static final long LATE_SECONDS = 60;

    private final LogReader log;
    private final StreamCursors cursors;
    private final StreamProperties settings;

    StreamDiagnostic(LogReader log, StreamCursors cursors, StreamProperties settings) {
        this.log = log;
        this.cursors = cursors;
        this.settings = settings;
    }

    @Override
    public String area() {
        return "audit streams";
    }

    @Override
    public List<Part> parts() {
        return settings.streams().keySet().stream()
                .sorted()
                .map(name -> Part.of(name, () -> look(name)))
                .toList();
    }

    private Result look(String name) {
        State state = cursors.find(name).orElse(null);
        if (state == null) {
            return Result.warning(
                    "it has not begun", "See that a replica serves with " + StreamProperties.KEY + name + ".*.");
        }
        Lag lag = log.lag(state.position());
        if (lag.seconds() > LATE_SECONDS) {
            return Result.warning(
                    lag.entries() + " entries wait, the first since " + (long) lag.seconds() + " s"
                            + (state.error().isEmpty() ? "" : ": " + state.error()),
                    "See that what " + StreamProperties.KEY + name + ".* names can be reached and takes them.");
        }
        return state.missed() > 0
                ? Result.warning(
                        state.missed() + " entries were dropped before they were sent",
                        "Get them from an export that was kept, and set errand.audit.keep-months higher.")
                : Result.ok("nothing waits longer than " + LATE_SECONDS + " s");
    }
}
