package io.errand.broker.shared;

import java.util.function.Function;
import org.springframework.http.ResponseEntity;

/** What came of a request that may be refused: a value, or the reason why not. */
public sealed interface Result<T> {

    record Ok<T>(T value) implements Result<T> {}

    record Refused<T>(Problem problem) implements Result<T> {}

    static <T> Result<T> ok(T value) {
        return new Ok<>(value);
    }

    static <T> Result<T> refused(Problem problem) {
        return new Refused<>(problem);
    }

    /** 200 with the value, or the problem. */
    default ResponseEntity<Object> response() {
        return switch (this) {
            case Ok<T>(T value) -> ResponseEntity.ok(value);
            case Refused<T>(Problem problem) -> problem.response();
        };
    }

    default <R> Result<R> then(Function<T, Result<R>> next) {
        return switch (this) {
            case Ok<T>(T value) -> next.apply(value);
            case Refused<T>(Problem problem) -> new Refused<>(problem);
        };
    }
}
