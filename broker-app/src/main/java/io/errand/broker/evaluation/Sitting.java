package io.errand.broker.evaluation;

import io.errand.broker.lock.Locks;
import io.errand.broker.task.Sessions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** One transaction of decisions: those of one session one after the other, and all on record before any is answered. */
@Component
class Sitting {

    private final Sessions sessions;
    private final Known.Reader reader;
    private final Deliberation deliberation;
    private final DecisionTable decisions;
    private final JdbcClient jdbc;

    Sitting(
            Sessions sessions,
            Known.Reader reader,
            Deliberation deliberation,
            DecisionTable decisions,
            JdbcClient jdbc) {
        this.sessions = sessions;
        this.reader = reader;
        this.deliberation = deliberation;
        this.decisions = decisions;
        this.jdbc = jdbc;
    }

    /** What was decided; submissions that are missing touch a session that another transaction holds. */
    record Result(Map<Submission, List<Verdict>> verdicts) {}

    /** @param patiently whether to wait for sessions that another transaction holds */
    @Transactional
    Result hold(List<Submission> submissions, boolean patiently) {
        if (patiently) {
            // Whoever holds a session has it for milliseconds; if not, the caller is told to come back.
            jdbc.sql("SELECT set_config('lock_timeout', '4s', true)")
                    .query((row, n) -> true)
                    .single();
        }
        Map<Locks.Subjects, Locks.Lock> stopped = reader.stopped(asked(submissions));
        Sessions.Ledger ledger = sessions.open();
        Set<Sessions.Key> wanted = new HashSet<>();
        submissions.forEach(submission -> wanted.addAll(submission.sessions()));
        Set<Sessions.Key> taken = wanted.isEmpty() ? wanted : ledger.take(wanted, patiently);
        List<Submission> now = submissions.stream()
                .filter(submission -> taken.containsAll(submission.sessions()))
                .toList();
        Known known = reader.of(ledger, stopped, asked(now));
        ledger.read(taken);
        Map<Submission, List<Verdict>> all = new LinkedHashMap<>();
        now.forEach(submission -> all.put(submission, decide(submission, known)));
        decisions.record(all.values().stream().flatMap(List::stream).toList());
        ledger.write();
        return new Result(all);
    }

    private static List<Known.Asked> asked(List<Submission> submissions) {
        return submissions.stream()
                .flatMap(submission -> submission.asked().stream())
                .toList();
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
