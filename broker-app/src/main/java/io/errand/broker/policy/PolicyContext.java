package io.errand.broker.policy;

import io.errand.api.PolicyQuestion;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known at this moment beside the agent, the tool and the task. {@link #at} starts with nothing known, and whoever asks
 * adds what it knows.
 *
 * @param risk from 0 to 100
 * @param exceptions names of what the agent is let off at this tool
 * @param senderConstrained whether the token is bound to a key of its holder (DPoP or mTLS)
 * @param fingerprintChanged whether the agent is made of something else than was registered, or than when its task began
 * @param approvals the groups whose approval this exact request has
 * @param breakGlass whether an operator has activated break-glass for this agent or task, and for this tool
 */
public record PolicyContext(
        boolean senderConstrained,
        boolean fingerprintChanged,
        Set<String> approvals,
        boolean breakGlass,
        Session session,
        Optional<Surroundings> runtime,
        int risk,
        Set<String> exceptions,
        Instant now) {

    /**
     * What the task, its tree, and its agent have done before.
     *
     * @param personLabels of the labels, those of the tree and of what the agent did for the same person
     */
    public record Session(Set<String> labels, Set<String> personLabels, Set<String> tools, Map<String, Long> counters) {

        public static final Session EMPTY = new Session(Set.of(), Set.of(), Set.of(), Map.of());
    }

    /** Where the agent runs, as its issuer says; null: it does not say. */
    public record Surroundings(
            @Nullable String environment, @Nullable Boolean isolated) {}

    public static PolicyContext at(Instant now) {
        return new PolicyContext(false, false, Set.of(), false, Session.EMPTY, Optional.empty(), 0, Set.of(), now);
    }

    /** As they were recorded or written down; what is not said is not so. */
    static PolicyContext of(PolicyQuestion.@Nullable Context known, Instant moment) {
        if (known == null) {
            return at(moment);
        }
        PolicyQuestion.Session session = known.session();
        PolicyQuestion.Surroundings runtime = known.runtime();
        return new PolicyContext(
                Boolean.TRUE.equals(known.senderConstrained()),
                Boolean.TRUE.equals(known.fingerprintChanged()),
                known.approvals() == null ? Set.of() : Set.copyOf(known.approvals()),
                Boolean.TRUE.equals(known.breakGlass()),
                session == null
                        ? Session.EMPTY
                        : new Session(
                                labels(session),
                                session.personLabels() == null ? labels(session) : Set.copyOf(session.personLabels()),
                                session.tools() == null ? Set.of() : Set.copyOf(session.tools()),
                                session.counters() == null ? Map.of() : Map.copyOf(session.counters())),
                runtime == null
                        ? Optional.empty()
                        : Optional.of(new Surroundings(runtime.environment(), runtime.isolated())),
                known.risk() == null ? 0 : known.risk(),
                known.exceptions() == null ? Set.of() : Set.copyOf(known.exceptions()),
                known.now() == null ? moment : known.now());
    }

    /** Who says nothing of the person's alone means the same: a rule that is looser on purpose is not tried on less than there was. */
    private static Set<String> labels(PolicyQuestion.Session session) {
        return session.labels() == null ? Set.of() : Set.copyOf(session.labels());
    }

    public PolicyContext now(Instant moment) {
        return new PolicyContext(
                senderConstrained,
                fingerprintChanged,
                approvals,
                breakGlass,
                session,
                runtime,
                risk,
                exceptions,
                moment);
    }

    public PolicyContext senderConstrained(boolean bound) {
        return new PolicyContext(
                bound, fingerprintChanged, approvals, breakGlass, session, runtime, risk, exceptions, now);
    }

    public PolicyContext fingerprintChanged(boolean changed) {
        return new PolicyContext(
                senderConstrained, changed, approvals, breakGlass, session, runtime, risk, exceptions, now);
    }

    public PolicyContext approvedBy(Set<String> groups) {
        return new PolicyContext(
                senderConstrained, fingerprintChanged, groups, breakGlass, session, runtime, risk, exceptions, now);
    }

    public PolicyContext breakGlass(boolean active) {
        return new PolicyContext(
                senderConstrained, fingerprintChanged, approvals, active, session, runtime, risk, exceptions, now);
    }

    public PolicyContext session(Session remembered) {
        return new PolicyContext(
                senderConstrained,
                fingerprintChanged,
                approvals,
                breakGlass,
                remembered,
                runtime,
                risk,
                exceptions,
                now);
    }

    public PolicyContext runtime(Optional<Surroundings> where) {
        return new PolicyContext(
                senderConstrained, fingerprintChanged, approvals, breakGlass, session, where, risk, exceptions, now);
    }

    public PolicyContext risk(int assessed) {
        return new PolicyContext(
                senderConstrained,
                fingerprintChanged,
                approvals,
                breakGlass,
                session,
                runtime,
                assessed,
                exceptions,
                now);
    }

    public PolicyContext exceptions(Set<String> names) {
        return new PolicyContext(
                senderConstrained, fingerprintChanged, approvals, breakGlass, session, runtime, risk, names, now);
    }
}
