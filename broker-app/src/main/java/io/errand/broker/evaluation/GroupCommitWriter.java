package io.errand.broker.evaluation;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
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
 * transaction. So a durable decision costs a share of a commit, and decisions on one session are in turn without waiting. Two kinds
 * go other ways, so that nobody waits for them: what needs a session that somebody else holds, and what an external decision point
 * is asked about.
 */
@Component
class GroupCommitWriter implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(GroupCommitWriter.class);

    /** A second one makes batches half as large; on two cores it cost more than it saved (docs/bench.md). */
    private static final int WRITERS = 1;

    /** Connections that those may use who wait for another replica or have asked an external decision point. */
    private static final int WAITING_ROOMS = 2;

    private final DecisionTransaction decisionTransaction;
    private final EvaluationProperties settings;
    private final Clock clock;
    private final Semaphore rooms = new Semaphore(WAITING_ROOMS);
    private volatile @Nullable Ways ways;

    GroupCommitWriter(DecisionTransaction decisionTransaction, EvaluationProperties settings, Clock clock) {
        this.decisionTransaction = decisionTransaction;
        this.settings = settings;
        this.clock = clock;
    }

    /** The ways to a decision, and who works on them. */
    private final class Ways {

        private final SessionFairQueue together = new SessionFairQueue(settings.queue());
        private final SessionFairQueue waiting = new SessionFairQueue(settings.queue());
        private final SessionFairQueue asking = new SessionFairQueue(settings.queue());

        void open() {
            work(WRITERS, Thread.ofPlatform().daemon().name("evaluation-journal-", 0), together, this::together);
            work(WAITING_ROOMS, Thread.ofVirtual().name("evaluation-waiting-", 0), waiting, this::patiently);
            work(settings.asking(), Thread.ofVirtual().name("evaluation-asking-", 0), asking, this::ask);
        }

        private void work(
                int workers,
                Thread.Builder thread,
                SessionFairQueue sessionFairQueue,
                Consumer<List<EvaluationBatch>> way) {
            int batch = sessionFairQueue == asking ? 1 : settings.batch();
            for (int i = 0; i < workers; i++) {
                thread.start(() -> work(sessionFairQueue, batch, way));
            }
        }

        private void work(SessionFairQueue sessionFairQueue, int batch, Consumer<List<EvaluationBatch>> way) {
            try {
                for (List<EvaluationBatch> some = sessionFairQueue.take(batch);
                        !some.isEmpty();
                        some = sessionFairQueue.take(batch)) {
                    try {
                        way.accept(some);
                    } finally {
                        sessionFairQueue.done(some);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void together(List<EvaluationBatch> batch) {
            decide(batch, false);
        }

        private void patiently(List<EvaluationBatch> batch) {
            rooms.acquireUninterruptibly();
            try {
                decide(batch, true);
            } finally {
                rooms.release();
            }
        }

        private void ask(List<EvaluationBatch> one) {
            EvaluationBatch evaluationBatch = one.getFirst();
            ExternalDecisions externalDecisions = new ExternalDecisions(clock.instant());
            try {
                while (!evaluationBatch.answer().isDone()) {
                    answer(settled(evaluationBatch, externalDecisions));
                    externalDecisions.ask();
                }
            } catch (RuntimeException | Error e) {
                failed(one, e);
            }
        }

        private DecisionTransaction.Result settled(
                EvaluationBatch evaluationBatch, ExternalDecisions externalDecisions) {
            rooms.acquireUninterruptibly();
            try {
                return decisionTransaction.hold(List.of(evaluationBatch), true, Optional.of(externalDecisions));
            } finally {
                rooms.release();
            }
        }

        private void decide(List<EvaluationBatch> batch, boolean patiently) {
            try {
                DecisionTransaction.Result result = decisionTransaction.hold(batch, patiently, Optional.empty());
                answer(result);
                goOn(result.held(), waiting);
                goOn(result.slow(), asking);
            } catch (RuntimeException | Error e) {
                if (batch.size() == 1 || isEverybodys(e)) {
                    failed(batch, e);
                } else {
                    // One of them is the cause, and the others are not to suffer for it.
                    batch.forEach(evaluationBatch -> decide(List.of(evaluationBatch), patiently));
                }
            }
        }

        private void goOn(Set<EvaluationBatch> some, SessionFairQueue sessionFairQueue) {
            some.stream()
                    .filter(evaluationBatch -> !sessionFairQueue.add(evaluationBatch))
                    .forEach(evaluationBatch ->
                            evaluationBatch.answer().completeExceptionally(new RejectedExecutionException()));
        }

        private void close() {
            for (SessionFairQueue sessionFairQueue : List.of(together, waiting, asking)) {
                sessionFairQueue
                        .close()
                        .forEach(evaluationBatch ->
                                evaluationBatch.answer().completeExceptionally(new RejectedExecutionException()));
            }
        }
    }

    /** False: there is no room, or the service stops. */
    boolean submit(EvaluationBatch evaluationBatch) {
        Ways open = ways;
        return open != null && open.together.add(evaluationBatch);
    }

    private static void answer(DecisionTransaction.Result result) {
        result.verdicts()
                .forEach((evaluationBatch, verdicts) -> evaluationBatch.answer().complete(verdicts));
    }

    private static void failed(List<EvaluationBatch> some, Throwable fault) {
        LOG.error("{} evaluations could not be decided", some.size(), fault);
        some.forEach(evaluationBatch -> evaluationBatch.answer().completeExceptionally(fault));
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
        Ways opened = new Ways();
        opened.open();
        ways = opened;
    }

    @Override
    public void stop() {
        Ways open = ways;
        ways = null;
        if (open != null) {
            open.close();
        }
    }

    /** After the web server, which still answers what it has taken. */
    @Override
    public int getPhase() {
        return 0;
    }

    @Override
    public boolean isRunning() {
        return ways != null;
    }
}
