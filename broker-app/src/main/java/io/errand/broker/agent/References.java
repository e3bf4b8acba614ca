package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.broker.identity.Issuers;
import io.errand.broker.shared.Nearest;
import io.errand.broker.shared.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Whether what an agent names is there: a name that nothing has is most often a mistake, and would be found out by nobody. */
@Component
class References {

    private static final String AHEAD = " Register it first, or repeat with ?allow_missing=true.";

    private final Issuers issuers;
    /** Asked for when it is needed: the room that answers stands above this one. */
    private final ObjectProvider<KnownTools> tools;

    References(Issuers issuers, ObjectProvider<KnownTools> tools) {
        this.issuers = issuers;
        this.tools = tools;
    }

    /** The first name that nothing has, of a checked resource. */
    Optional<Problem> missing(AgentResource agent) {
        return identities(agent.identities())
                .or(() -> people(agent.onBehalfOf()))
                .or(() -> tools(agent.tools()));
    }

    private Optional<Problem> identities(@Nullable List<AgentResource.Identity> identities) {
        List<String> names = new ArrayList<>();
        Objects.requireNonNull(identities).forEach(identity -> names.add(identity.issuer()));
        return issuers(names, "identities");
    }

    private Optional<Problem> people(@Nullable List<AgentResource.OnBehalfOf> people) {
        List<String> names = new ArrayList<>();
        Objects.requireNonNull(people).forEach(of -> names.add(of.issuer()));
        return issuers(names, "on_behalf_of");
    }

    private Optional<Problem> issuers(List<String> names, String member) {
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (!issuers.isRegistered(name)) {
                return Optional.of(missing(
                        member + "[" + i + "].issuer",
                        "No issuer '" + name + "' is registered",
                        Nearest.to(name, issuers.names())));
            }
        }
        return Optional.empty();
    }

    private Optional<Problem> tools(@Nullable List<AgentResource.ToolGrant> grants) {
        List<AgentResource.ToolGrant> all = Objects.requireNonNull(grants);
        for (int i = 0; i < all.size(); i++) {
            AgentResource.ToolGrant grant = all.get(i);
            KnownTools registered = tools.getObject();
            Optional<Set<String>> actions = registered.actions(grant.tool());
            if (actions.isEmpty()) {
                return Optional.of(missing(
                        "tools[" + i + "].tool",
                        "No tool '" + grant.tool() + "' is registered",
                        registered.nearest(grant.tool())));
            }
            for (int j = 0; j < grant.actions().size(); j++) {
                String action = grant.actions().get(j);
                if (!actions.get().contains(action)) {
                    return Optional.of(missing(
                            "tools[" + i + "].actions[" + j + "]",
                            "The tool '" + grant.tool() + "' has no action '" + action + "'",
                            Nearest.to(action, actions.get())));
                }
            }
        }
        return Optional.empty();
    }

    private static Problem missing(String member, String sentence, List<String> nearest) {
        return Problem.invalidMember(
                member,
                sentence + (nearest.isEmpty() ? "." : "; did you mean " + String.join(" or ", nearest) + "?") + AHEAD);
    }
}
