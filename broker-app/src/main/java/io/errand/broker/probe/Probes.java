package io.errand.broker.probe;

import io.errand.api.LeaseView;
import io.errand.api.ToolProbe;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.lease.Leases;
import io.errand.broker.lease.Leases.Issue;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** One probe, from its task to its receipt. No transaction is open while the target is asked. */
@Component
class Probes {

    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);

    /** The longest that a probe's credential lives, whatever happens to the broker. */
    private static final Duration TTL = Duration.ofMinutes(1);

    /** The same of one that exists nowhere but in its text, which nobody can take back before. */
    private static final Duration OFFLINE_TTL = Duration.ofSeconds(15);

    private static final Duration LOOK = Duration.ofMillis(250);

    private final Backends backends;
    private final ProbeTasks tasks;
    private final Leases leases;
    private final Clock clock;

    Probes(Backends backends, ProbeTasks tasks, Leases leases, Clock clock) {
        this.backends = backends;
        this.tasks = tasks;
        this.leases = leases;
        this.clock = clock;
    }

    /** @param until when it must have been seen gone */
    ToolProbe run(Probing probing, Instant until) {
        Tool tool = probing.tool();
        Optional<Backend> backend = backends.byName(tool.backend());
        if (backend.isEmpty()) {
            return ended(
                    probing, null, failed(probing, "check", "The service has no backend '" + tool.backend() + "'."));
        }
        ToolBinding binding =
                new ToolBinding(tool.name(), tool.actions().stream().sorted().toList(), tool.config());
        List<Backend.BindingProblem> problems = backend.get().check(binding);
        if (!problems.isEmpty()) {
            Backend.BindingProblem first = problems.getFirst();
            String member = first.member().isEmpty() ? "config" : "config." + first.member();
            return ended(probing, null, failed(probing, "check", member + ": " + first.detail()));
        }
        Duration ttl = isOffline(backend.get()) ? OFFLINE_TTL : TTL;
        return switch (tasks.open(probing, ttl)) {
            case ProbeTasks.Opened.Refused(String step, String why) -> ended(probing, null, failed(probing, step, why));
            case ProbeTasks.Opened.Open(Task task, Leases.Opened lease) ->
                ended(probing, task, made(probing, backend.get(), binding, task, lease, until));
        };
    }

    private boolean isOffline(Backend backend) {
        Instant now = clock.instant();
        return backend.reference(new UUID(0, 0), Term.between(now, now.plus(OFFLINE_TTL)))
                .isPresent();
    }

    /** How far it came. */
    private sealed interface Came {

        /** @param seen a sentence */
        record Through(String seen) implements Came {}

        record To(String step, String cause) implements Came {}
    }

    private ToolProbe made(
            Probing probing, Backend backend, ToolBinding binding, Task task, Leases.Opened lease, Instant until) {
        Came came = new Came.To("make", "The broker failed at it; its log says at what.");
        try {
            came = used(backend, binding, leases.issue(lease, claims(task, lease)));
        } catch (RuntimeException e) {
            LOG.error("The probe of {} failed", probing.tool().name(), e);
        } finally {
            tasks.end(task, came instanceof Came.Through, probing.who());
        }
        return gone(probing, task, lease.id(), came, until);
    }

    private static Came used(Backend backend, ToolBinding binding, Issue issue) {
        return switch (issue) {
            case Issue.Live(var lease, var validUntil, Map<String, Object> data) ->
                switch (backend.use(binding, data)) {
                    case Use.Worked(String seen) -> new Came.Through("It was made. " + seen);
                    case Use.NotTried(String why) -> new Came.Through("It was made, and not used. " + why);
                    case Use.Failed(String cause) -> new Came.To("use", cause);
                };
            case Issue.Refused(var lease, String reason) -> new Came.To("make", "The target refuses: " + reason);
            case Issue.Unavailable(var lease, String cause, var after) ->
                new Came.To("make", "It is not known whether it was made: " + cause);
            case Issue.Lost(var lease) ->
                new Came.To("make", "It was ended while it was being made, by a lock or a revocation.");
        };
    }

    /** Looks until the worker has seen it gone, as for every lease. */
    private ToolProbe gone(Probing probing, Task task, UUID lease, Came came, Instant until) {
        while (true) {
            Leases.Ending ending = leases.ending(lease).orElseThrow();
            LeaseView view = ending.lease();
            if (view.state().equals("revoked")) {
                LeaseView.Disabled left = view.disabled();
                return left == null
                        ? probe(probing, view, came, " It was ended, looked for at the target and seen to be gone.")
                        : probe(
                                probing,
                                view,
                                new Came.To("gone", "It is unusable, and something is left: " + left.cause()),
                                "");
            }
            if (ending.until() != null) {
                return probe(
                        probing,
                        view,
                        came,
                        " It was ended; whoever checks it offline would have held it until " + ending.until()
                                + ", when its receipt is made.");
            }
            if (!clock.instant().isBefore(until)) {
                String error = view.lastError();
                return probe(
                        probing,
                        view,
                        new Came.To(
                                "gone",
                                "It was not seen gone in time; the broker goes on trying."
                                        + (error == null ? "" : " The last try: " + error)),
                        "");
            }
            leases.awaitGone(task.id(), LOOK);
        }
    }

    private static ToolProbe probe(Probing probing, LeaseView lease, Came came, String end) {
        String tool = probing.tool().name();
        return switch (came) {
            case Came.Through(String seen) ->
                new ToolProbe(tool, ToolProbe.WORKS, probing.action(), null, seen + end, lease.id(), lease.receipt());
            case Came.To(String step, String cause) ->
                new ToolProbe(tool, ToolProbe.FAILED, probing.action(), step, cause, lease.id(), lease.receipt());
        };
    }

    private static ToolProbe failed(Probing probing, String step, String why) {
        return ToolProbe.failed(probing.tool().name(), probing.action(), step, why);
    }

    private ToolProbe ended(Probing probing, @Nullable Task task, ToolProbe probe) {
        tasks.ended(probing, Optional.ofNullable(task).map(Task::id), probe);
        return probe;
    }

    /** What {@link io.errand.broker.credential.Order#task()} carries. */
    private static Map<String, Object> claims(Task task, Leases.Opened lease) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("task", task.id().toString());
        claims.put("type", task.type());
        claims.put("root", task.root().toString());
        claims.put("agent", task.agent());
        claims.put("sub", task.subject());
        lease.tool().tenant().ifPresent(tenant -> claims.put("tenant", tenant));
        claims.put("authorization_details", List.of(lease.granted()));
        return claims;
    }
}
