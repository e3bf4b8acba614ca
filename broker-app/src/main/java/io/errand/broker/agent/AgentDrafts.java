package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Resources;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAspectSupport;

/** A public face of this room: agents that others begin to register. */
@Component
public class AgentDrafts {

    private final AgentRegistry registry;

    AgentDrafts(AgentRegistry registry) {
        this.registry = registry;
    }

    /** Registers a draft, and then does what is to happen with it or not at all. An agent of that name must not be there. */
    @Transactional(RegistryTransactions.NAME)
    public <T> Result<T> create(String name, AgentResource draft, String who, Supplier<Result<T>> with) {
        if (Names.check(name).isPresent()) {
            return Result.refused(Names.check(name).get());
        }
        if (registry.find(name).isPresent()) {
            return Result.refused(Problem.conflict(
                    "There is an agent '" + name + "' already; add the identity to it, or" + " choose another name."));
        }
        Result<T> done = registry.put(
                        name, draft.withState(AgentState.DRAFT), new Resources.Change(null, false, false, who))
                .then(created -> with.get());
        if (done instanceof Result.Refused<T>) {
            TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
        }
        return done;
    }
}
