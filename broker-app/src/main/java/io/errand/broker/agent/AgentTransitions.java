package io.errand.broker.agent;

import io.errand.broker.agent.Agent.State;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The table of an agent's life: from where to where, by what name. What is not in it is not done. */
enum AgentTransitions {
    ACTIVATE("agent.activated", State.ACTIVE),
    SUSPEND("agent.suspended", State.SUSPENDED),
    RETIRE("agent.retired", State.RETIRED);

    private final String kind;
    private final State to;

    AgentTransitions(String kind, State to) {
        this.kind = kind;
        this.to = to;
    }

    /** Of its event. */
    String kind() {
        return kind;
    }

    State to() {
        return to;
    }

    boolean startsFrom(State state) {
        return switch (this) {
            case ACTIVATE -> state == State.DRAFT || state == State.SUSPENDED;
            case SUSPEND -> state == State.ACTIVE;
            case RETIRE -> state != State.RETIRED;
        };
    }

    static Optional<AgentTransitions> between(State before, State after) {
        return Arrays.stream(values())
                .filter(one -> one.to == after && one.startsFrom(before))
                .findFirst();
    }

    /** What may be done with an agent in a state. */
    static List<String> of(State state) {
        return Arrays.stream(values())
                .filter(one -> one.startsFrom(state))
                .map(transition -> AgentHistory.change(transition.kind))
                .toList();
    }
}
