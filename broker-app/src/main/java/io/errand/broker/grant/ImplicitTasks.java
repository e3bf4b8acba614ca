package io.errand.broker.grant;

import io.errand.broker.caller.Caller;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.lease.Leases;
import io.errand.broker.task.ImplicitTaskTable;
import io.errand.broker.task.Task;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Tasks of clients that know of none: they ask for one tool's credential, and again before each request when it has little time left.
 * Who asks again in the same way is in the same task.
 */
@Component
class ImplicitTasks {

    private static final String JWT = "jwt";

    private final ImplicitTaskTable table;
    private final LeaseOpening leaseOpening;
    private final Clock clock;

    ImplicitTasks(ImplicitTaskTable table, LeaseOpening leaseOpening, Clock clock) {
        this.table = table;
        this.leaseOpening = leaseOpening;
        this.clock = clock;
    }

    /** Whether the answer is the tool's credential: one tool, named as standard clients name it, that trusts what we sign. */
    static boolean isOneCredential(TokenRequest request, List<RequestedAccess> wanted) {
        return request.standard()
                && wanted.size() == 1
                && wanted.getFirst().tool().backend().equals(JWT);
    }

    /** The task that a request is for: one that is there, or one to begin. */
    RequestedTask of(TokenRequest request, Caller caller, RequestedTask assumed, RequestedAccess wanted) {
        if (request.idempotencyKey() != null) {
            return assumed.implicit(Optional.empty());
        }
        String key = key(caller, assumed, wanted);
        RequestedTask implicit = assumed.implicit(Optional.of(key));
        return table.find(key)
                .map(task -> implicit.rejoining(task, clock.instant()))
                .orElse(implicit);
    }

    /**
     * Everything that makes two requests the same. The agent's, the tool's and the type's versions stand for what is registered of them: ceiling,
     * fingerprint, binding.
     */
    private static String key(Caller caller, RequestedTask assumed, RequestedAccess wanted) {
        return Idempotency.sha256(
                caller.agent().id().toString(),
                String.valueOf(caller.agent().version()),
                sorted(caller.named()),
                caller.subjectName(),
                caller.binding().map(KeyBinding::toString).orElse(""),
                assumed.type()
                        + assumed.registered()
                                .map(type -> "@" + type.id() + "/" + type.version())
                                .orElse(""),
                wanted.tool().name(),
                String.valueOf(wanted.tool().version()),
                sorted(wanted.actions()),
                sorted(wanted.datatypes()),
                sorted(wanted.locations()));
    }

    private static String sorted(@Nullable List<String> values) {
        return values == null ? "" : String.join("\n", values.stream().sorted().toList());
    }

    /**
     * In the transaction of a grant: holds what is under the request's key, and finds the lease that can be given out again. Stops if
     * it is not what was decided on, since somebody else was there first.
     */
    @Transactional(propagation = Propagation.MANDATORY)
    GrantStep<Optional<Leases.Opened>> hold(
            RequestedTask requestedTask, List<PermittedAccess> permitted, @Nullable Map<String, Object> cnf) {
        if (requestedTask.implicitKey().isEmpty()) {
            return GrantStep.pass(Optional.empty());
        }
        ImplicitTaskTable.Entry entry = table.hold(requestedTask.implicitKey().get());
        Optional<UUID> decidedOn = requestedTask.existing().map(Task::id);
        if (!entry.live().equals(decidedOn)) {
            return GrantStep.stop(Refusal.implicitTaskChanged());
        }
        return GrantStep.pass(requestedTask
                .existing()
                .flatMap(task -> Optional.ofNullable(entry.lease())
                        .flatMap(lease ->
                                leaseOpening.again(task, lease, requestedTask.notAfter(), permitted.getFirst(), cnf))));
    }

    /** In the same transaction: what is under the key from now on. */
    @Transactional(propagation = Propagation.MANDATORY)
    void begun(RequestedTask requestedTask, Task task, List<Leases.Opened> leases) {
        requestedTask
                .implicitKey()
                .ifPresent(key -> table.set(key, task, leases.getFirst().id()));
    }
}
