package io.errand.broker.caller;

import java.util.function.Function;

/** The result of one step of an exchange: a value for the next step, or a refusal. */
public sealed interface GrantStep<T> {

    record Passed<T>(T value) implements GrantStep<T> {}

    record Stopped<T>(Refusal refusal) implements GrantStep<T> {}

    static <T> GrantStep<T> pass(T value) {
        return new Passed<>(value);
    }

    static <T> GrantStep<T> stop(Refusal refusal) {
        return new Stopped<>(refusal);
    }

    default <R> GrantStep<R> then(Function<? super T, GrantStep<R>> next) {
        return switch (this) {
            case Passed<T>(T value) -> next.apply(value);
            case Stopped<T>(Refusal refusal) -> new Stopped<>(refusal);
        };
    }

    default <R> GrantStep<R> map(Function<? super T, ? extends R> next) {
        return then(value -> pass(next.apply(value)));
    }
}
