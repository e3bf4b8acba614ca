package io.errand.broker.signal.transmitter;

import io.errand.broker.shared.doctor.Diagnostic;
import io.errand.broker.signal.transmitter.EventStreams.State;
import java.util.List;
import org.springframework.stereotype.Component;

/** Whether those who asked for security events have them. */
@Component
class StreamsDiagnostic implements Diagnostic {

    private static final long LATE_SECONDS = 300;

    private final EventStreams streams;

    StreamsDiagnostic(EventStreams streams) {
        this.streams = streams;
    }

    @Override
    public String area() {
        return "security events";
    }

    @Override
    public List<Part> parts() {
        return streams.states().stream()
                .map(state -> Part.of(state.id() + " of " + state.receiver(), () -> look(state)))
                .toList();
    }

    private static Result look(State state) {
        if (state.missed() > 0) {
            return Result.warning(
                    state.missed() + " entries of the audit log were dropped before they were looked at",
                    "Tell the receiver that it has missed events, and set errand.audit.keep-months higher.");
        }
        if (state.waits() <= LATE_SECONDS || state.status() == EventStream.Status.DISABLED) {
            return Result.ok("nothing waits longer than " + LATE_SECONDS + " s");
        }
        String waits = "an event waits since " + (long) state.waits() + " s";
        return state.status() == EventStream.Status.PAUSED
                ? Result.warning(waits + ": the receiver has paused the stream", "Ask the receiver to enable it again.")
                : state.pushed()
                        ? Result.warning(
                                waits + (state.error().isEmpty() ? "" : ": " + state.error()),
                                "See that the receiver's endpoint can be reached and answers 202.")
                        : Result.warning(waits + ": the receiver does not ask", "See that the receiver polls.");
    }
}
