package io.errand.broker.agent;

import io.errand.api.AgentResource;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which identities are an agent's, said as {@code <issuer>:<subject>}. */
record Identities(List<AgentResource.Identity> of) {

    static Identities of(@Nullable List<AgentResource.Identity> identities) {
        return new Identities(identities == null ? List.of() : identities);
    }

    /** Those that were an agent's, and are not any more. */
    Predicate<String> without(Identities after) {
        return shown -> has(shown) && !after.has(shown);
    }

    /** A subject that is not known may be any of its issuer's. */
    private boolean has(String shown) {
        int colon = shown.indexOf(':');
        String issuer = shown.substring(0, colon);
        String subject = shown.substring(colon + 1);
        return of.stream()
                .filter(identity -> issuer.equals(identity.issuer()))
                .anyMatch(identity -> subject.isEmpty()
                        || subject.equals(identity.subject())
                        || (identity.subjectPrefix() != null
                                && SubjectPrefix.covers(identity.subjectPrefix(), subject)));
    }
}
