package io.errand.broker.credential.vault.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Runs many calls, a few at a time, within one time limit. Calls that the limit cuts off give no answer. */
public final class BoundedCalls {

    private static final int AT_A_TIME = 16;

    private BoundedCalls() {}

    public static List<Reply> ask(List<String> keys, Duration limit, Function<String, Reply> call) {
        List<Callable<Reply>> questions =
                keys.stream().<Callable<Reply>>map(key -> () -> call.apply(key)).toList();
        List<Reply> replies = new ArrayList<>(keys.size());
        try (ExecutorService threads = Executors.newFixedThreadPool(
                AT_A_TIME, Thread.ofVirtual().name("vault-walk-", 0).factory())) {
            for (Future<Reply> future : threads.invokeAll(questions, limit.toNanos(), TimeUnit.NANOSECONDS)) {
                replies.add(
                        future.isCancelled()
                                ? new Reply.Silent("not all of " + keys.size() + " were looked at within " + limit)
                                : future.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(new Reply.Silent("interrupted"));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        return replies;
    }
}
