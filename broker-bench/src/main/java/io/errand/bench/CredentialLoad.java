package io.errand.bench;

import io.errand.bench.Load.Figures;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * A closed loop that makes logins for some time, and one that ends all that were made.
 *
 * @param connections how many at a time
 */
record CredentialLoad(CredentialSide side, int connections) {

    /** One request; false: there is nothing more to do. */
    private interface Turn {
        boolean take(HttpLine line) throws IOException;
    }

    /** @param into what was made */
    Figures make(Duration time, Collection<String> into) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        return run(line -> {
            boolean goesOn = System.nanoTime() < end;
            if (goesOn) {
                into.add(side.make(line));
            }
            return goesOn;
        });
    }

    Figures end(ConcurrentLinkedQueue<String> made) throws InterruptedException {
        return run(line -> {
            String next = made.poll();
            if (next != null) {
                side.end(line, next);
            }
            return next != null;
        });
    }

    private Figures run(Turn turn) throws InterruptedException {
        long begun = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            Callable<List<Long>> one = () -> one(turn);
            List<Long> took = new ArrayList<>();
            for (Future<List<Long>> done : threads.invokeAll(
                    IntStream.range(0, connections).mapToObj(i -> one).toList())) {
                took.addAll(done.get());
            }
            if (took.isEmpty()) {
                throw new BenchFailed(side.name() + " did nothing at all");
            }
            return Figures.of(took.stream().mapToLong(Long::longValue).sorted().toArray(), System.nanoTime() - begun);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof BenchFailed failed
                    ? failed
                    : new BenchFailed("the load broke off: " + e.getCause(), e);
        }
    }

    private List<Long> one(Turn turn) throws IOException {
        List<Long> took = new ArrayList<>();
        try (HttpLine line = new HttpLine(side.base())) {
            for (long sent = System.nanoTime(); turn.take(line); sent = System.nanoTime()) {
                took.add(System.nanoTime() - sent);
            }
        }
        return took;
    }
}
