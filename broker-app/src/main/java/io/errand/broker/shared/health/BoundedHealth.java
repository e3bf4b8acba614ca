package io.errand.broker.shared.health;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * A part of readiness that asks something which may hang. A probe waits a second for it, and then says so; the question goes on, and
 * the next probe waits for the same one, so that there is never more than one.
 */
public abstract class BoundedHealth implements HealthIndicator {

    private static final Duration WAIT = Duration.ofSeconds(1);
    private static final Executor THREADS = Thread.ofVirtual().name("health-", 0)::start;

    private final String silence;
    private @Nullable CompletableFuture<Optional<String>> underWay;

    /** @param silence what is said where there is no answer in time */
    protected BoundedHealth(String silence) {
        this.silence = silence;
    }

    /** What is missing, as a sentence without secrets; empty: nothing. */
    protected abstract Optional<String> missing();

    /** What a fault of {@link #missing} means. */
    protected abstract String faulty(Throwable fault);

    @Override
    public Health health() {
        try {
            return ask().get(WAIT.toMillis(), TimeUnit.MILLISECONDS)
                    .map(BoundedHealth::down)
                    .orElseGet(() -> Health.up().build());
        } catch (TimeoutException e) {
            return down(silence);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() instanceof CompletionException wrapped ? wrapped.getCause() : e.getCause();
            return down(faulty(cause == null ? e : cause));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return down("The service stops.");
        }
    }

    private synchronized CompletableFuture<Optional<String>> ask() {
        CompletableFuture<Optional<String>> asked = underWay;
        if (asked == null || asked.isDone()) {
            asked = CompletableFuture.supplyAsync(this::missing, THREADS);
            underWay = asked;
        }
        return asked;
    }

    private static Health down(String sentence) {
        return Health.down().withDetail("missing", sentence).build();
    }
}
