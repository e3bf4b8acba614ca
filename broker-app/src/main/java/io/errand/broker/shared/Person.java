package io.errand.broker.shared;

import java.security.Principal;
import java.util.Set;

/**
 * An administrator, as the rooms see whoever calls {@code /admin}.
 *
 * @param name {@code person:<issuer>:<subject>}, as the audit log has it
 * @param identities {@code <issuer>:<subject>} by the administrators' issuer and, where the same one is registered for agents'
 *     people too, by that: whom an agent acts for may be the same human being
 * @param aliases what else an agent's owner may call them: subject, e-mail address, user name
 * @param groups of the organization, from the claim that {@code errand.admin.groups-claim} names
 */
public record Person(String name, Set<String> identities, Set<String> aliases, Set<String> groups)
        implements Principal {

    @Override
    public String getName() {
        return name;
    }
}
