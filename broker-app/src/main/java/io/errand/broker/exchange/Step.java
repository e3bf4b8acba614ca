package io.errand.broker.exchange;

import java.util.function.Function;

/** One step of an exchange: it leads on with a value, or ends in a refusal. */
sealed interface Step<T> {

    record Passed<T>(T value) implements Step<T> {}

    record Stopped<T>(Refusal refusal) implements Step<T> {}

    static <T> Step<T> pass(T value) {
        return new Passed<>(value);
    }

    static <T> Step<T> stop(Refusal refusal) {
        return new Stopped<>(refusal);
    }

    default <R> Step<R> then(Function<? super T, Step<R>> next) {
        return switch (this) {
            case Passed<T>(T value) -> next.apply(value);
            case Stopped<T>(Refusal refusal) -> new Stopped<>(refusal);
        };
    }
}
