package io.errand.broker.exchange;

import io.errand.broker.agent.Agent;
import io.errand.broker.identity.Binding;
import io.errand.broker.identity.Identity;
import io.errand.broker.task.Task;
import java.util.Optional;

/**
 * Who is asking.
 *
 * @param workload the agent's own token, verified
 * @param binding the key that it holds, and that the task token is bound to; empty: whoever has the token may show it
 */
record Caller(Agent agent, Identity workload, Subject subject, Optional<Binding> binding) {

    /** For whom. */
    sealed interface Subject {

        /** For itself. */
        record Self() implements Subject {}

        /** On behalf of a person, whose token names this agent or came through a client that the agent lists. */
        record Person(Identity identity) implements Subject {}

        /** More for a task that it has. */
        record OwnTask(Task task) implements Subject {}
    }

    /** {@code sub} of what it is given. */
    String subjectName() {
        return switch (subject) {
            case Subject.Self() -> "agent:" + agent.name();
            case Subject.Person(Identity person) -> "person:" + person.issuer() + ":" + person.subject();
            case Subject.OwnTask(Task task) -> task.subject();
        };
    }
}
