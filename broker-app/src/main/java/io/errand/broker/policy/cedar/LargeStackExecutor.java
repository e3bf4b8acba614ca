package io.errand.broker.policy.cedar;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Runs what parses Cedar on a thread with a large stack. The native parser recurses without looking at what is left of it, and
 * an overflow there ends the process. Together with the limits of {@link Statement} it cannot come to that.
 */
public final class LargeStackExecutor {

    /** Reserved, not used: pages that are not touched cost nothing. */
    private static final long BYTES = 256L << 20;

    private LargeStackExecutor() {}

    public static <T> T call(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        result.complete(work.get());
                    } catch (RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                },
                "cedar-parser",
                BYTES);
        thread.setDaemon(true);
        thread.start();
        try {
            return result.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("Cedar could not be asked", e.getCause());
        }
    }
}
