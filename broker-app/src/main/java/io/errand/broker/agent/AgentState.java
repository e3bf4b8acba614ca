package io.errand.broker.agent;

import java.util.Set;

/** The states as the wire and the table spell them. */
final class AgentState {

    static final String DRAFT = "draft";
    static final String ACTIVE = "active";
    static final String SUSPENDED = "suspended";
    static final String RETIRED = "retired";
    static final Set<String> ALL = Set.of(DRAFT, ACTIVE, SUSPENDED, RETIRED);

    private AgentState() {}
}
