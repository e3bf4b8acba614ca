package io.errand.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A closed loop: so many connections, each with its next request as soon as it has the answer to the last.
 *
 * @param connections how many
 * @param time how long
 */
record Load(int connections, Duration time) {

    /** Answers a second, and how long they took in milliseconds. */
    record Figures(double rate, double p50, double p99) {

        /**
         * @param took nanoseconds of each answer, sorted
         * @param within nanoseconds
         */
        static Figures of(long[] took, long within) {
            return new Figures(took.length / (within / 1e9), at(took, 0.50), at(took, 0.99));
        }
    }

    /** @throws BenchFailed at the first answer that is not what it must be: a fast refusal is no figure */
    Figures on(Operation operation) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        long begun = System.nanoTime();
        long end = begun + time.toNanos();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            Callable<long[]> one = () -> one(operation, next, end);
            long[] took = threads
                    .invokeAll(
                            IntStream.range(0, connections).mapToObj(i -> one).toList())
                    .stream()
                    .flatMapToLong(Load::times)
                    .sorted()
                    .toArray();
            if (took.length == 0) {
                throw new BenchFailed("no answer at all within " + time);
            }
            return Figures.of(took, System.nanoTime() - begun);
        }
    }

    private static long[] one(Operation operation, AtomicInteger next, long end) throws IOException {
        long[] took = new long[1024];
        int count = 0;
        try (HttpLine line = new HttpLine(operation.base())) {
            while (System.nanoTime() < end) {
                int turn = next.getAndIncrement();
                if (operation.onceEach() && turn >= operation.requests().size()) {
                    break;
                }
                byte[] request =
                        operation.requests().get(turn % operation.requests().size());
                long sent = System.nanoTime();
                HttpLine.Answer answer = line.send(request);
                if (count == took.length) {
                    took = Arrays.copyOf(took, 2 * count);
                }
                took[count++] = System.nanoTime() - sent;
                if (answer.status() != 200 || !answer.body().contains(operation.proof())) {
                    throw new BenchFailed(operation.base() + " answered " + answer.status() + ": " + answer.body());
                }
            }
        }
        return Arrays.copyOf(took, count);
    }

    private static LongStream times(Future<long[]> done) {
        try {
            return Arrays.stream(done.get());
        } catch (ExecutionException e) {
            throw e.getCause() instanceof BenchFailed failed
                    ? failed
                    : new BenchFailed("the load broke off: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailed("interrupted", e);
        }
    }

    private static double at(long[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))] / 1e6;
    }
}
