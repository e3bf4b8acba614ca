package io.errand.broker.evaluation;

import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.database.Sql;
import io.errand.broker.database.SqlPipeline;
import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.policy.PolicySnapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Decides a batch in one transaction. Decisions about the same session are made one after the other, and all are recorded before
 * any is answered. It takes three round trips: read, record, commit.
 */
@Component
class DecisionTransaction {

    /** Whoever holds a session has it for milliseconds; if not, the caller is told to come back. */
    private static final Sql PATIENCE = new Sql("SELECT set_config('lock_timeout', '4s', true)", Map.of());

    private static final int TRIES = 10;

    private final BatchSnapshot.Loader reader;
    private final ActionDecider actionDecider;
    private final DecisionTable decisions;
    private final CurrentTransaction current;
    private final SqlPipeline trips;
    private final RegistryVersion registryVersion;
    private final TransactionTemplate transaction;

    DecisionTransaction(
            BatchSnapshot.Loader reader,
            ActionDecider actionDecider,
            DecisionTable decisions,
            CurrentTransaction current,
            SqlPipeline trips,
            RegistryVersion registryVersion,
            TransactionTemplate transaction) {
        this.reader = reader;
        this.actionDecider = actionDecider;
        this.decisions = decisions;
        this.current = current;
        this.trips = trips;
        this.registryVersion = registryVersion;
        this.transaction = transaction;
    }

    /**
     * What came of it.
     *
     * @param verdicts what was decided, and committed
     * @param held those whose sessions another transaction has
     * @param slow those about which an external decision point is to be asked
     */
    record Result(
            Map<EvaluationBatch, List<ActionDecision>> verdicts,
            Set<EvaluationBatch> held,
            Set<EvaluationBatch> slow) {}

    /**
     * @param patiently whether to wait for sessions that another transaction holds
     * @param hearing of the one submission; empty: whatever needs one is not decided
     */
    Result hold(List<EvaluationBatch> submissions, boolean patiently, Optional<ExternalDecisions> hearing) {
        for (int tries = 0; tries < TRIES; tries++) {
            Optional<Result> result = registryVersion.supposing(() -> attempt(submissions, patiently, hearing));
            if (result.isPresent()) {
                return result.get();
            }
        }
        throw new CannotAcquireLockException("What is registered changed " + TRIES + " times meanwhile");
    }

    /** Empty: what is registered has changed meanwhile. */
    private Optional<Result> attempt(
            List<EvaluationBatch> submissions, boolean patiently, Optional<ExternalDecisions> hearing) {
        PolicySnapshot book = reader.registered(EvaluationBatch.asked(submissions));
        Set<EvaluationBatch> slow = book.isSlow() && hearing.isEmpty()
                ? submissions.stream()
                        .filter(evaluationBatch -> !evaluationBatch.sessions().isEmpty())
                        .collect(Collectors.toSet())
                : Set.of();
        List<EvaluationBatch> others =
                submissions.stream().filter(one -> !slow.contains(one)).toList();
        if (others.isEmpty()) {
            return Optional.of(new Result(Map.of(), Set.of(), slow));
        }
        return Objects.requireNonNull(transaction.execute(status -> decide(others, patiently, hearing, status)))
                .map(result -> new Result(result.verdicts(), result.held(), union(slow, result.slow())));
    }

    private static Set<EvaluationBatch> union(Set<EvaluationBatch> some, Set<EvaluationBatch> others) {
        return Stream.concat(some.stream(), others.stream()).collect(Collectors.toUnmodifiableSet());
    }

    private Optional<Result> decide(
            List<EvaluationBatch> submissions,
            boolean patiently,
            Optional<ExternalDecisions> hearing,
            TransactionStatus status) {
        RoundTrip trip = trips.plan();
        if (patiently) {
            trip.ask(PATIENCE, (row, n) -> true, Function.identity());
        }
        BatchSnapshot batchSnapshot = reader.of(submissions, patiently, hearing, trip);
        trip.send();
        if (!current.isUnchanged()) {
            status.setRollbackOnly();
            return Optional.empty();
        }
        Map<EvaluationBatch, List<ActionDecision>> all = new LinkedHashMap<>();
        submissions.stream()
                .filter(batchSnapshot::holds)
                .forEach(evaluationBatch -> all.put(evaluationBatch, decide(evaluationBatch, batchSnapshot)));
        Set<EvaluationBatch> held =
                submissions.stream().filter(one -> !all.containsKey(one)).collect(Collectors.toUnmodifiableSet());
        if (hearing.isPresent() && !hearing.get().isOver()) {
            status.setRollbackOnly();
            return Optional.of(new Result(Map.of(), held, all.keySet()));
        }
        decisions.record(all.values().stream().flatMap(List::stream).toList());
        batchSnapshot.ledger().write();
        return Optional.of(new Result(all, held, Set.of()));
    }

    private List<ActionDecision> decide(EvaluationBatch evaluationBatch, BatchSnapshot batchSnapshot) {
        List<ActionDecision> verdicts = new ArrayList<>();
        for (EvaluationRequest evaluationRequest : evaluationBatch.matters()) {
            ActionDecision actionDecision = actionDecider.decide(evaluationRequest, batchSnapshot);
            verdicts.add(actionDecision);
            if (evaluationBatch.semantic().isOverAfter(actionDecision.isPermit())) {
                break;
            }
        }
        return verdicts;
    }
}
