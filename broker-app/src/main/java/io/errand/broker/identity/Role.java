package io.errand.broker.identity;

/** What an administrator may be, in the claim {@code roles}. */
final class Role {

    static final String ADMIN = "errand.admin";
    static final String OPERATOR = "errand.operator";
    static final String APPROVER = "errand.approver";
    static final String AUDITOR = "errand.auditor";

    /** Machines: a gateway that asks for decisions, and a service that introspects. */
    static final String PEP = "errand.pep";

    static final String INTROSPECT = "errand.introspect";

    private Role() {}
}
