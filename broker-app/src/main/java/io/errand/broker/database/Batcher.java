package io.errand.broker.database;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * One piece of work for all that was handed in while the piece before was under way (group commit): the first waits for nobody, and
 * many cost little more than one. Who waits is who works, so the queue is never longer than what callers have in hand.
 */
public final class Batcher<T> {

    private final Semaphore workers;
    private final int most;
    private final Consumer<List<T>> work;
    private final ConcurrentLinkedQueue<Item<T>> queue = new ConcurrentLinkedQueue<>();

    /**
     * @param workers how many pieces may be under way at once
     * @param most how many things a piece has at most
     * @param work what it throws is thrown to all whose things were in the piece
     */
    public Batcher(int workers, int most, Consumer<List<T>> work) {
        this.workers = new Semaphore(workers);
        this.most = most;
        this.work = work;
    }

    private record Item<T>(T value, CompletableFuture<Void> done) {}

    /** Returns when all of them were worked on, by this thread or another. */
    public void work(Collection<T> values) {
        List<Item<T>> mine = values.stream()
                .map(value -> new Item<>(value, new CompletableFuture<>()))
                .toList();
        queue.addAll(mine);
        workers.acquireUninterruptibly();
        try {
            while (!queue.isEmpty() && mine.stream().anyMatch(item -> !item.done.isDone())) {
                workOnce();
            }
        } finally {
            workers.release();
        }
        try {
            mine.forEach(item -> item.done.join());
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** How many things are in no piece yet. */
    int waiting() {
        return queue.size();
    }

    private void workOnce() {
        List<Item<T>> batch = new ArrayList<>();
        for (Item<T> next = queue.poll(); next != null; next = batch.size() < most ? queue.poll() : null) {
            batch.add(next);
        }
        if (batch.isEmpty()) {
            return;
        }
        try {
            work.accept(batch.stream().map(Item::value).toList());
            batch.forEach(item -> item.done.complete(null));
        } catch (RuntimeException | Error e) {
            batch.forEach(item -> item.done.completeExceptionally(e));
        }
    }
}
