package io.errand.broker.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A queue of batches that wait for their decision, first in, first out. Two workers never hold requests of one session, since
 * one would only wait for the other.
 */
final class SessionFairQueue {

    private final int most;

    // Guarded by this.
    private final Set<EvaluationBatch> waiting = new LinkedHashSet<>();
    private final Set<UUID> taken = new HashSet<>();
    private boolean isClosed;

    /** @param most that may wait */
    SessionFairQueue(int most) {
        this.most = most;
    }

    /** False: there is no room, or it is closed. */
    synchronized boolean add(EvaluationBatch evaluationBatch) {
        if (isClosed || waiting.size() >= most) {
            return false;
        }
        waiting.add(evaluationBatch);
        notify();
        return true;
    }

    /**
     * Waits for at least one; empty: it is closed. Whoever takes some says when they are {@link #done}.
     *
     * @param decisions no more are taken than make so many, or one
     */
    synchronized List<EvaluationBatch> take(int decisions) throws InterruptedException {
        List<EvaluationBatch> next = next(decisions);
        while (next.isEmpty() && !isClosed) {
            wait();
            next = next(decisions);
        }
        return next;
    }

    private List<EvaluationBatch> next(int decisions) {
        List<EvaluationBatch> next = new ArrayList<>();
        int left = decisions;
        Set<UUID> passedOver = new HashSet<>(taken);
        Iterator<EvaluationBatch> all = waiting.iterator();
        while (all.hasNext() && left > 0) {
            EvaluationBatch one = all.next();
            if (one.isAbandoned()) {
                all.remove();
            } else if (Collections.disjoint(one.parts(), passedOver)) {
                if (next.isEmpty() || one.matters().size() <= left) {
                    all.remove();
                    next.add(one);
                    left -= one.matters().size();
                } else {
                    left = 0;
                }
            } else {
                passedOver.addAll(one.parts());
            }
        }
        next.forEach(one -> taken.addAll(one.parts()));
        return next;
    }

    synchronized void done(List<EvaluationBatch> some) {
        some.forEach(one -> taken.removeAll(one.parts()));
        notifyAll();
    }

    /** Answers those that wait in vain. */
    synchronized List<EvaluationBatch> close() {
        isClosed = true;
        notifyAll();
        List<EvaluationBatch> left = List.copyOf(waiting);
        waiting.clear();
        return left;
    }
}
