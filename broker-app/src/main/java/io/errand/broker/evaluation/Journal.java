package io.errand.broker.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.CannotCreateTransactionException;

/**
 * Group commit: one writer a replica takes what has come while the last commit was under way, and decides and commits it in one
 * transaction. So a durable decision costs a share of a commit, and decisions on one session are in turn without waiting.
 */
@Component
class Journal implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    /** Connections that those may use who wait for another replica. */
    private static final int WAITING_ROOMS = 2;

    private final Sitting sitting;
    private final EvaluationProperties settings;
    private final BlockingQueue<Submission> queue;
    private final Semaphore rooms = new Semaphore(WAITING_ROOMS);
    private volatile @Nullable Thread writer;

    Journal(Sitting sitting, EvaluationProperties settings) {
        this.sitting = sitting;
        this.settings = settings;
        this.queue = new ArrayBlockingQueue<>(settings.queue());
    }

    /** False: there is no room, or the service stops. */
    boolean submit(Submission submission) {
        return writer != null && queue.offer(submission);
    }

    private void write() {
        while (!Thread.currentThread().isInterrupted()) {
            List<Submission> batch = new ArrayList<>();
            try {
                batch.add(queue.take());
            } catch (InterruptedException e) {
                return;
            }
            queue.drainTo(batch, settings.batch() - 1);
            List<Submission> taken = decide(batch, false);
            if (!taken.isEmpty()) {
                Thread.ofVirtual().name("evaluation-waiting").start(() -> waitFor(taken));
            }
        }
    }

    /** Their sessions are in the hands of another replica, or of a grant: they wait, and nobody else does. */
    private void waitFor(List<Submission> submissions) {
        rooms.acquireUninterruptibly();
        try {
            decide(submissions, true);
        } finally {
            rooms.release();
        }
    }

    /** Answers those that could not be decided now. */
    private List<Submission> decide(List<Submission> batch, boolean patiently) {
        try {
            Sitting.Result result = sitting.hold(batch, patiently);
            result.verdicts()
                    .forEach((submission, verdicts) -> submission.answer().complete(verdicts));
            return batch.stream()
                    .filter(submission -> !result.verdicts().containsKey(submission))
                    .toList();
        } catch (RuntimeException | Error e) {
            if (batch.size() == 1 || isEverybodys(e)) {
                LOG.error("{} evaluations could not be decided", batch.size(), e);
                batch.forEach(submission -> submission.answer().completeExceptionally(e));
                return List.of();
            }
            // One of them is the cause, and the others are not to suffer for it.
            return batch.stream()
                    .flatMap(submission -> decide(List.of(submission), patiently).stream())
                    .toList();
        }
    }

    private static boolean isEverybodys(Throwable fault) {
        return fault instanceof Error
                || fault instanceof CannotCreateTransactionException
                || (fault instanceof TransientDataAccessException
                        && !(fault instanceof PessimisticLockingFailureException))
                || fault instanceof NonTransientDataAccessResourceException;
    }

    @Override
    public void start() {
        writer = Thread.ofPlatform().name("evaluation-journal").daemon().start(this::write);
    }

    @Override
    public void stop() {
        Thread running = writer;
        writer = null;
        if (running != null) {
            running.interrupt();
        }
    }

    /** After the web server, which still answers what it has taken. */
    @Override
    public int getPhase() {
        return 0;
    }

    @Override
    public boolean isRunning() {
        return writer != null;
    }
}
