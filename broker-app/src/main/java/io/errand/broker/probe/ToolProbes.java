package io.errand.broker.probe;

import io.errand.api.ToolProbe;
import io.errand.broker.agent.ActivationProbes;
import io.errand.broker.agent.Agent;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Which tools are probed, and for what. */
@Component
class ToolProbes implements ActivationProbes {

    private static final Logger LOG = LoggerFactory.getLogger(ToolProbes.class);

    /** For all of an agent together: clients wait for half a minute. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Side by side. */
    private static final int MOST = 4;

    private final Tools tools;
    private final Probes probes;
    private final Clock clock;

    ToolProbes(Tools tools, Probes probes, Clock clock) {
        this.tools = tools;
        this.probes = probes;
        this.clock = clock;
    }

    /** @param action null: the tool's least */
    Result<ToolProbe> of(String name, @Nullable String action, String who) {
        Optional<Tool> tool = tools.byName(name);
        if (tool.isEmpty()) {
            return Result.refused(Problem.notFound("There is no '" + name + "'."));
        }
        if (action != null && !tool.get().actions().contains(action)) {
            return Result.refused(Problem.invalidMember(
                    "action",
                    "This is one of: "
                            + String.join(
                                    ", ", tool.get().actions().stream().sorted().toList()) + "."));
        }
        String least =
                action == null ? Probing.least(tool.get(), tool.get().actions()).orElseThrow() : action;
        return Result.ok(probes.run(
                new Probing(tool.get(), least, null, who), clock.instant().plus(PATIENCE)));
    }

    @Override
    public List<ToolProbe> of(Agent agent, String who) {
        Instant until = clock.instant().plus(PATIENCE);
        List<Callable<ToolProbe>> all = new ArrayList<>();
        new TreeMap<>(agent.ceiling()).forEach((name, actions) -> {
            Optional<Tool> tool = tools.byName(name);
            Optional<String> action = tool.flatMap(one -> Probing.least(one, actions));
            if (tool.isEmpty() || action.isEmpty()) {
                ToolProbe nothing = ToolProbe.notProbed(
                        name,
                        tool.isEmpty()
                                ? "No such tool is registered, so there is no binding."
                                : "It has none of the actions of the agent's ceiling.");
                all.add(() -> nothing);
            } else {
                all.add(() -> timely(new Probing(tool.get(), action.get(), agent, who), until));
            }
        });
        try (ExecutorService threads = Executors.newFixedThreadPool(
                MOST, Thread.ofVirtual().name("probe-", 0).factory())) {
            List<ToolProbe> found = new ArrayList<>();
            for (Future<ToolProbe> one : threads.invokeAll(all)) {
                found.add(one.get());
            }
            return found;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while tools were probed", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("A tool could not be probed", e.getCause());
        }
    }

    private ToolProbe timely(Probing probing, Instant until) {
        if (!clock.instant().isBefore(until)) {
            return ToolProbe.failed(
                    probing.tool().name(),
                    probing.action(),
                    "check",
                    "The others took " + PATIENCE.toSeconds() + " s, so that no time was left: probe it by itself.");
        }
        try {
            return probes.run(probing, until);
        } catch (RuntimeException e) {
            LOG.error("The probe of {} could not be run", probing.tool().name(), e);
            return ToolProbe.failed(
                    probing.tool().name(), probing.action(), "check", "The broker failed at it; its log says at what.");
        }
    }
}
