package io.errand.broker.shared;

import java.security.Principal;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

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

    /**
     * Whether this is the owner that an agent names: the person by any name that the administrators' issuer gives them, or a member
     * of the group of that name. Letters' case does not matter, as it does not in e-mail addresses and most directories. This is
     * the one rule, for what an owner may do and for what they may not.
     */
    public boolean isOwner(String owner) {
        String wanted = owner.toLowerCase(Locale.ROOT);
        return Stream.of(Set.of(name), identities, aliases, groups)
                .flatMap(Set::stream)
                .anyMatch(one -> one.toLowerCase(Locale.ROOT).equals(wanted));
    }

    @Override
    public String getName() {
        return name;
    }
}
