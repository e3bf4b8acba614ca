package io.errand.broker.introspection;

import io.errand.api.LeaseView;
import io.errand.broker.agent.Agents;
import io.errand.broker.caller.TaskTokens;
import io.errand.broker.caller.TokenCaller;
import io.errand.broker.identity.Identity;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * RFC 7009: revoking a task token cancels the task, and so does revoking the credential of an implicit one, since its token is
 * nobody's; any other credential's lease ends alone. Only the agent that holds it may; for all others nothing happens.
 */
@Component
public class Revocation {

    private final TaskTokens taskTokens;
    private final Keys keys;
    private final Tasks tasks;
    private final Leases leases;
    private final Agents agents;

    Revocation(TaskTokens taskTokens, Keys keys, Tasks tasks, Leases leases, Agents agents) {
        this.taskTokens = taskTokens;
        this.keys = keys;
        this.tasks = tasks;
        this.leases = leases;
        this.agents = agents;
    }

    public void revoke(String token, TokenCaller tokenCaller) {
        taskTokens
                .current(token)
                .map(TaskTokens.Live::task)
                .filter(task -> isHeldBy(tokenCaller, task))
                .ifPresent(this::cancel);
        credential(token).flatMap(leases::find).ifPresent(lease -> revoke(lease, tokenCaller));
    }

    private Optional<UUID> credential(String token) {
        return keys.read(TokenKind.CREDENTIAL, token)
                .map(claims -> String.valueOf(claims.get("jti")))
                .flatMap(Ids::parse);
    }

    private void revoke(LeaseView lease, TokenCaller tokenCaller) {
        Optional<Task> task =
                Ids.parse(lease.task()).flatMap(tasks::find).filter(found -> isHeldBy(tokenCaller, found));
        if (task.isPresent() && task.get().origin() == Task.Origin.IMPLICIT) {
            cancel(task.get());
        } else if (task.isPresent()) {
            leases.revoke(UUID.fromString(lease.id()), "returned by its holder", who(task.get()));
        }
    }

    private void cancel(Task task) {
        tasks.end(task.id(), Task.State.CANCELLED, null, null, who(task));
    }

    private static String who(Task task) {
        return "agent:" + task.agent();
    }

    private boolean isHeldBy(TokenCaller tokenCaller, Task task) {
        return tokenCaller.identity().filter(identity -> holds(identity, task)).isPresent();
    }

    private boolean holds(Identity identity, Task task) {
        return agents.byIdentity(identity.issuer(), identity.subject())
                .filter(agent -> agent.id().equals(task.agentId()))
                .isPresent();
    }
}
