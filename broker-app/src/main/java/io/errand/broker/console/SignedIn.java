package io.errand.broker.console;

import io.errand.broker.identity.admin.Role;
import io.errand.broker.shared.Person;
import java.security.Principal;
import java.util.Collections;
import java.util.Set;

/**
 * Who looks at the pages.
 *
 * @param roles what they may do until the session ends
 */
record SignedIn(Person person, Set<String> roles) implements Principal {

    @Override
    public String getName() {
        return person.name();
    }

    boolean isApprover() {
        return roles.contains(Role.APPROVER);
    }

    boolean isOperator() {
        return !Collections.disjoint(roles, Role.OF_OPERATORS);
    }
}
