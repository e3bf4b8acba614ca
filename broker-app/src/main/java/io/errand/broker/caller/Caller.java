package io.errand.broker.caller;

import io.errand.broker.agent.Agent;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking.
 *
 * @param workload the agent's own token, verified
 * @param beside what else of the agent this request showed: the certificate of its connection, a second token
 * @param binding the key that it holds, and that the task token is bound to; empty: whoever has the token may show it
 */
public record Caller(
        Agent agent, Identity workload, List<Identity> beside, Subject subject, Optional<KeyBinding> binding) {

    /** For whom. */
    public sealed interface Subject {

        /** For itself; with a token beside what it was authenticated by, if it showed one. */
        record Self(Optional<Identity> token) implements Subject {}

        /**
         * On behalf of a person, whose token names this agent or came through a client that the agent lists; or of whoever
         * another deployment speaks for.
         *
         * @param mandate what the token allows at most; empty: it says nothing of that
         */
        record Person(Identity identity, Optional<Mandate> mandate) implements Subject {}

        /** For whom another agent's task acts, of which it takes up a part. */
        record Delegated(Delegation delegation) implements Subject {}

        /** More for a task that it has. */
        record OwnTask(Task task) implements Subject {}
    }

    /** The same, for what is bound to no key. */
    public Caller unbound() {
        return new Caller(agent, workload, beside, subject, Optional.empty());
    }

    /** Everybody who showed themselves in this request: the agent, in one way or two, and the person whom it acts for. */
    public List<Identity> identities() {
        Stream<Identity> person = subject instanceof Subject.Person by ? Stream.of(by.identity()) : Stream.empty();
        return Stream.of(Stream.of(workload), beside.stream(), person)
                .flatMap(some -> some)
                .distinct()
                .toList();
    }

    /** The same, as locks and the audit log name them. */
    public List<String> named() {
        return identities().stream().map(Identity::named).toList();
    }

    /** What the subject's token allows at most. */
    public Optional<Mandate> mandate() {
        return subject instanceof Subject.Person person ? person.mandate() : Optional.empty();
    }

    /** What another deployment says of those for whom this is asked; null: none does. */
    public @Nullable Map<String, Object> vouched() {
        return subject instanceof Subject.Person person ? Vouched.by(person.identity()) : null;
    }

    /** Where it runs, if its issuer's claims say anything of it. */
    public Optional<PolicyContext.Surroundings> surroundings() {
        Identity.WorkloadRuntime runtime = workload.runtime();
        return runtime.environment().isEmpty() && !runtime.isolated()
                ? Optional.empty()
                : Optional.of(
                        new PolicyContext.Surroundings(runtime.environment().orElse(null), runtime.isolated()));
    }

    /** {@code sub} of what it is given. */
    public String subjectName() {
        return switch (subject) {
            case Subject.Self self -> "agent:" + agent.name();
            case Subject.Person(Identity person, Optional<Mandate> mandate) ->
                "person:" + person.issuer() + ":" + person.subject();
            case Subject.Delegated(Delegation delegation) -> delegation.parent().subject();
            case Subject.OwnTask(Task task) -> task.subject();
        };
    }
}
