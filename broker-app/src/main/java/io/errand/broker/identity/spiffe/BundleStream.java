package io.errand.broker.identity.spiffe;

import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.jwt.SpiffeId;
import io.errand.broker.shared.Backoff;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of the Workload API, opened again whenever it ends. What it said last holds while it stands, and for {@code
 * errand.identity.stale-keys} after that.
 *
 * @param <R> what is streamed
 * @param <B> what that says of one trust domain
 */
final class BundleStream<R, B> {

    sealed interface Said<B> {}

    record Bundle<B>(B content) implements Said<B> {}

    record Nothing<B>(String cause) implements Said<B> {}

    /**
     * @param bundles by the SPIFFE ID of the trust domain
     * @param lost since when nobody says whether this is still so; null: the stream stands
     */
    private record Heard<B>(
            Map<String, B> bundles, @Nullable Instant lost, String cause) {}

    private static final Logger LOG = LoggerFactory.getLogger(BundleStream.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    private final String name;
    private final Function<R, Map<String, B>> reading;
    private final IdentityProperties limits;
    private final InstantSource clock;
    private volatile Heard<B> heard;
    private int failures;

    /** @param unopened why there is nothing before the stream was opened */
    BundleStream(
            String name,
            Function<R, Map<String, B>> reading,
            String unopened,
            IdentityProperties limits,
            InstantSource clock) {
        this.name = name;
        this.reading = reading;
        this.limits = limits;
        this.clock = clock;
        this.heard = new Heard<>(Map.of(), Instant.MIN, unopened);
    }

    Said<B> of(String trustDomain) {
        Heard<B> now = heard;
        if (now.lost() != null && !clock.instant().isBefore(now.lost().plus(limits.staleKeys()))) {
            return new Nothing<>(now.cause());
        }
        B bundle = now.bundles().get(SpiffeId.SCHEME + trustDomain);
        return bundle == null
                ? new Nothing<>("The Workload API has no bundle of " + trustDomain + " among its " + name)
                : new Bundle<>(bundle);
    }

    /** @param timer for the next try; none is made after its end */
    void open(Consumer<StreamObserver<R>> call, ScheduledExecutorService timer) {
        call.accept(new StreamObserver<>() {

            @Override
            public void onNext(R response) {
                heard = new Heard<>(reading.apply(response), null, "");
                if (failures > 0) {
                    LOG.info("The Workload API streams its {} again", name);
                }
                failures = 0;
            }

            @Override
            public void onError(Throwable fault) {
                // The other end's words may be any; its code says enough.
                again("it failed with " + Status.fromThrowable(fault).getCode());
            }

            @Override
            public void onCompleted() {
                again("it ended the stream");
            }

            private void again(String cause) {
                if (timer.isShutdown()) {
                    return;
                }
                Heard<B> before = heard;
                heard = new Heard<>(
                        before.bundles(),
                        before.lost() == null ? clock.instant() : before.lost(),
                        "The Workload API streams no " + name + ": " + cause);
                if (failures++ == 0) {
                    LOG.warn("The Workload API streams no {}: {}; trying again", name, cause);
                }
                Duration pause = new Backoff(FIRST_PAUSE, limits.keyRefreshInterval()).after(failures);
                var next = timer.schedule(() -> open(call, timer), pause.toMillis(), TimeUnit.MILLISECONDS);
            }
        });
    }
}
