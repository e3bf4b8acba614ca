package io.errand.broker.shared.doctor;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a room has to say about whether its part works. It changes nothing. */
public interface Diagnostic {

    /** The part of the service, in a word. */
    String area();

    /** What is to be looked at, each by itself and all at the same time. It may ask the database, and may take seconds. */
    List<Part> parts();

    /**
     * One thing to look at.
     *
     * @param look may take seconds; whatever it throws is an error of this part. An empty list says nothing
     */
    record Part(String subject, Supplier<List<Result>> look) {

        public static Part of(String subject, Supplier<Result> look) {
            return new Part(subject, () -> List.of(look.get()));
        }
    }

    /**
     * What was seen.
     *
     * @param detail a sentence without secrets
     * @param remedy what to do; null where all is well
     */
    record Result(Status status, String detail, @Nullable String remedy) {

        public static Result ok(String detail) {
            return new Result(Status.OK, detail, null);
        }

        public static Result warning(String detail, String remedy) {
            return new Result(Status.WARNING, detail, remedy);
        }

        public static Result error(String detail, String remedy) {
            return new Result(Status.ERROR, detail, remedy);
        }
    }

    /** Worst first. */
    enum Status {
        ERROR,
        WARNING,
        OK
    }
}
