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
import org.springframework.context.annotation.Lazy;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Component;

/** Whether what an agent names is there: a name that nothing has is most often a mistake, and would be found out by nobody. */
@Component
class References {

    /** So many names are looked through for the nearest one. */
    private static final int COMPARED = 10_000;

    private final Issuers issuers;
    private final AgentRows agents;
    /** Asked for when it is needed: the room that answers stands above this one. */
    private final ObjectProvider<KnownTools> tools;

    References(Issuers issuers, @Lazy AgentRows agents, ObjectProvider<KnownTools> tools) {
        this.issuers = issuers;
        this.agents = agents;
        this.tools = tools;
    }

    /**
     * The first name that nothing has, of a checked resource.
     *
     * @param announced names of agents that are registered next
     */
    Optional<Problem> missing(AgentResource agent, Set<String> announced) {
        return identities(agent.identities())
                .or(() -> people(agent.onBehalfOf()))
                .or(() -> tools(agent.tools()))
                .or(() -> children(agent, announced));
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
                return Optional.of(Problem.unregistered(
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
                return Optional.of(Problem.unregistered(
                        "tools[" + i + "].tool",
                        "No tool '" + grant.tool() + "' is registered",
                        registered.nearest(grant.tool())));
            }
            for (int j = 0; j < grant.actions().size(); j++) {
                String action = grant.actions().get(j);
                if (!actions.get().contains(action)) {
                    return Optional.of(Problem.unregistered(
                            "tools[" + i + "].actions[" + j + "]",
                            "The tool '" + grant.tool() + "' has no action '" + action + "'",
                            Nearest.to(action, actions.get())));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Problem> children(AgentResource agent, Set<String> announced) {
        List<String> children = Objects.requireNonNull(agent.delegatesTo());
        for (int i = 0; i < children.size(); i++) {
            String child = children.get(i);
            boolean known = child.equals(agent.name())
                    || announced.contains(child)
                    || agents.findByName(child).isPresent();
            if (!known) {
                return Optional.of(Problem.unregistered(
                        "delegates_to[" + i + "]",
                        "No agent '" + child + "' is registered",
                        Nearest.to(child, agents.names(Limit.of(COMPARED)))));
            }
        }
        return Optional.empty();
    }
}
