package io.errand.broker.identity.admin;

import java.util.Set;

/** What an administrator may be, in the claim {@code roles}. */
public final class Role {

    public static final String ADMIN = "errand.admin";
    public static final String OPERATOR = "errand.operator";
    public static final String APPROVER = "errand.approver";
    public static final String AUDITOR = "errand.auditor";

    /** Machines: a gateway that asks for decisions, and a service that introspects. */
    public static final String PEP = "errand.pep";

    public static final String INTROSPECT = "errand.introspect";

    /** Another one: it has security events sent to it. */
    public static final String RECEIVER = "errand.receiver";

    /** A directory that pushes users and groups, by a bearer that is made here: no token of the administrators' issuer has it. */
    public static final String DIRECTORY = "errand.directory";

    /** People's, of which each may look at most things. */
    public static final Set<String> OF_PEOPLE = Set.of(ADMIN, OPERATOR, APPROVER, AUDITOR);

    /** Who stops agents, and who lifts policies in an emergency. */
    public static final Set<String> OF_OPERATORS = Set.of(OPERATOR, ADMIN);

    private Role() {}
}
