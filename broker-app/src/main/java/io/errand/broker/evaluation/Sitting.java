package io.errand.broker.evaluation;

import io.errand.broker.policy.Rulebook;
import io.errand.broker.shared.CurrentTransaction;
import io.errand.broker.shared.Epoch;
import io.errand.broker.shared.RoundTrips;
import io.errand.broker.shared.RoundTrips.Trip;
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
 * One transaction of decisions: those of one session one after the other, and all on record before any is answered. It costs three
 * round trips: everything that is to be known, everything that is recorded, the commit.
 */
@Component
class Sitting {

    /** Whoever holds a session has it for milliseconds; if not, the caller is told to come back. */
    private static final CurrentTransaction.Sql PATIENCE =
            new CurrentTransaction.Sql("SELECT set_config('lock_timeout', '4s', true)", Map.of());

    private static final int TRIES = 10;

    private final Known.Reader reader;
    private final Deliberation deliberation;
    private final DecisionTable decisions;
    private final CurrentTransaction current;
    private final RoundTrips trips;
    private final Epoch epoch;
    private final TransactionTemplate transaction;

    Sitting(
            Known.Reader reader,
            Deliberation deliberation,
            DecisionTable decisions,
            CurrentTransaction current,
            RoundTrips trips,
            Epoch epoch,
            TransactionTemplate transaction) {
        this.reader = reader;
        this.deliberation = deliberation;
        this.decisions = decisions;
        this.current = current;
        this.trips = trips;
        this.epoch = epoch;
        this.transaction = transaction;
    }

    /**
     * What came of it.
     *
     * @param verdicts what was decided, and committed
     * @param held those whose sessions another transaction has
     * @param slow those about which an external decision point is to be asked
     */
    record Result(Map<Submission, List<Verdict>> verdicts, Set<Submission> held, Set<Submission> slow) {}

    /**
     * @param patiently whether to wait for sessions that another transaction holds
     * @param hearing of the one submission; empty: whatever needs one is not decided
     */
    Result hold(List<Submission> submissions, boolean patiently, Optional<Hearing> hearing) {
        for (int tries = 0; tries < TRIES; tries++) {
            Optional<Result> result = epoch.supposing(() -> attempt(submissions, patiently, hearing));
            if (result.isPresent()) {
                return result.get();
            }
        }
        throw new CannotAcquireLockException("What is registered changed " + TRIES + " times meanwhile");
    }

    /** Empty: what is registered has changed meanwhile. */
    private Optional<Result> attempt(List<Submission> submissions, boolean patiently, Optional<Hearing> hearing) {
        Rulebook book = reader.registered(Submission.asked(submissions));
        Set<Submission> slow = book.isSlow() && hearing.isEmpty()
                ? submissions.stream()
                        .filter(submission -> !submission.sessions().isEmpty())
                        .collect(Collectors.toSet())
                : Set.of();
        List<Submission> others =
                submissions.stream().filter(one -> !slow.contains(one)).toList();
        if (others.isEmpty()) {
            return Optional.of(new Result(Map.of(), Set.of(), slow));
        }
        return Objects.requireNonNull(transaction.execute(status -> decide(others, patiently, hearing, status)))
                .map(result -> new Result(result.verdicts(), result.held(), union(slow, result.slow())));
    }

    private static Set<Submission> union(Set<Submission> some, Set<Submission> others) {
        return Stream.concat(some.stream(), others.stream()).collect(Collectors.toUnmodifiableSet());
    }

    private Optional<Result> decide(
            List<Submission> submissions, boolean patiently, Optional<Hearing> hearing, TransactionStatus status) {
        Trip trip = trips.plan();
        if (patiently) {
            trip.ask(PATIENCE, (row, n) -> true, Function.identity());
        }
        Known known = reader.of(submissions, patiently, hearing, trip);
        trip.send();
        if (!current.isUnchanged()) {
            status.setRollbackOnly();
            return Optional.empty();
        }
        Map<Submission, List<Verdict>> all = new LinkedHashMap<>();
        submissions.stream().filter(known::holds).forEach(submission -> all.put(submission, decide(submission, known)));
        Set<Submission> held =
                submissions.stream().filter(one -> !all.containsKey(one)).collect(Collectors.toUnmodifiableSet());
        if (hearing.isPresent() && !hearing.get().isOver()) {
            status.setRollbackOnly();
            return Optional.of(new Result(Map.of(), held, all.keySet()));
        }
        decisions.record(all.values().stream().flatMap(List::stream).toList());
        known.ledger().write();
        return Optional.of(new Result(all, held, Set.of()));
    }

    private List<Verdict> decide(Submission submission, Known known) {
        List<Verdict> verdicts = new ArrayList<>();
        for (Matter matter : submission.matters()) {
            Verdict verdict = deliberation.decide(matter, known);
            verdicts.add(verdict);
            if (submission.semantic().isOverAfter(verdict.isPermit())) {
                break;
            }
        }
        return verdicts;
    }
}
