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
 * What waits for its decision, in the order in which it came. Several take from it, and what touches one session is never in the
 * hands of two of them: it would only wait for the session there.
 */
final class Turns {

    private final int most;

    // Guarded by this.
    private final Set<Submission> waiting = new LinkedHashSet<>();
    private final Set<UUID> taken = new HashSet<>();
    private boolean isClosed;

    /** @param most that may wait */
    Turns(int most) {
        this.most = most;
    }

    /** False: there is no room, or it is closed. */
    synchronized boolean add(Submission submission) {
        if (isClosed || waiting.size() >= most) {
            return false;
        }
        waiting.add(submission);
        notify();
        return true;
    }

    /**
     * Waits for at least one; empty: it is closed. Whoever takes some says when they are {@link #done}.
     *
     * @param decisions no more are taken than make so many, or one
     */
    synchronized List<Submission> take(int decisions) throws InterruptedException {
        List<Submission> next = next(decisions);
        while (next.isEmpty() && !isClosed) {
            wait();
            next = next(decisions);
        }
        return next;
    }

    private List<Submission> next(int decisions) {
        List<Submission> next = new ArrayList<>();
        int left = decisions;
        Set<UUID> passedOver = new HashSet<>(taken);
        Iterator<Submission> all = waiting.iterator();
        while (all.hasNext() && left > 0) {
            Submission one = all.next();
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

    synchronized void done(List<Submission> some) {
        some.forEach(one -> taken.removeAll(one.parts()));
        notifyAll();
    }

    /** Answers those that wait in vain. */
    synchronized List<Submission> close() {
        isClosed = true;
        notifyAll();
        List<Submission> left = List.copyOf(waiting);
        waiting.clear();
        return left;
    }
}
