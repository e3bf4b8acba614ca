package io.errand.broker.shared.tracing;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Parts of a request as spans of its trace. Without a tracer the work is done, and nothing else. */
@Component
public class Spans {

    private static final Note NOBODY = (name, value) -> {};

    private final @Nullable Tracer tracer;

    Spans(ObjectProvider<Tracer> tracer) {
        this.tracer = tracer.getIfAvailable();
    }

    /** Takes attributes: never a secret, and nothing that a token says. */
    @FunctionalInterface
    public interface Note {
        void put(String name, String value);
    }

    /** Thrown by work that is done again at once, with a span of its own: the first span says so, and has no error. */
    public interface Superseded {}

    /** To the span that the work under way is in. */
    public void note(String name, String value) {
        Span current = tracer == null ? null : tracer.currentSpan();
        if (current != null) {
            current.tag(name, value);
        }
    }

    /** @param work what it throws is an error of the span */
    @SuppressWarnings("try") // the scope is there to be closed
    public <T> T within(String name, Function<Note, T> work) {
        Tracer by = tracer;
        if (by == null) {
            return work.apply(NOBODY);
        }
        Span span = by.nextSpan().name(name).start();
        try (Tracer.SpanInScope scope = by.withSpan(span)) {
            return work.apply(span::tag);
        } catch (RuntimeException | Error e) {
            if (e instanceof Superseded) {
                span.tag("errand.superseded", "true");
            } else {
                // Its text may be anybody's.
                span.tag("error.type", e.getClass().getName());
            }
            throw e;
        } finally {
            span.end();
        }
    }
}
