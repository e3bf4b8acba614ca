package io.errand.cli;

import io.errand.api.TokenResponse;
import io.errand.cli.sandbox.Sandbox;
import io.errand.client.Errand;
import io.errand.client.ErrandException;
import io.errand.client.Lease;
import io.errand.client.Outcome;
import io.errand.client.Refusal;
import io.errand.client.Refused;
import io.errand.client.Task;
import io.errand.client.TaskRequest;
import io.errand.client.Waiting;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A command that runs while a task does. */
final class TaskProcess {

    private static final int NO_SUCH_COMMAND = 127;
    private static final String OVER = "the task was over before the command: at its --ttl, or revoked.";
    private static final int STOPPED = 128 + 15;

    /** For a command that was told to stop to do so, and for the broker to see its credentials gone. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final List<String> command;
    private final Handover handover;
    private final Isolation isolation;
    private final Optional<Sandbox> sandbox;
    private final PrivateDirectory relays = new PrivateDirectory();
    private final Wiring wiring;
    private final PrintWriter err;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** @param command none: the task runs until a signal comes */
    TaskProcess(List<String> command, Handover handover, Isolation isolation, Wiring wiring, PrintWriter err) {
        this.command = command;
        this.handover = handover;
        this.isolation = isolation;
        this.sandbox = isolation.sandbox();
        this.wiring = wiring;
        this.err = err;
    }

    /** The exit code. The task has ended when this returns, however it returns. */
    int run(Errand errand, TaskRequest request, Optional<Waiting> waiting) throws InterruptedException {
        // Before there is a child: the workload's token may be in the environment.
        ProcessMemory.hide();
        Signals signals = Signals.taken();
        Closeable relayed = () -> {
            if (sandbox.isPresent()) {
                sandbox.get().close();
            }
        };
        try (Task task = waiting.isPresent() ? errand.begin(request, waiting.get()) : errand.begin(request);
                handover;
                relays;
                relayed) {
            List<Lease> leases = new ArrayList<>();
            for (var access : request.access()) {
                leases.add(task.lease(access.identifier(), access.actions().toArray(String[]::new))
                        .renewing());
            }
            if (signals.cameEarly()) {
                return STOPPED;
            }
            wiring.begun(task, leases);
            int exit = command.isEmpty() ? untilSignal(signals, task, leases) : attend(signals, task, leases);
            wiring.ended();
            end(task, leases, exit);
            return exit;
        } catch (IOException e) {
            say(String.valueOf(e.getMessage()).strip());
            return NO_SUCH_COMMAND;
        }
    }

    private int untilSignal(Signals signals, Task task, List<Lease> leases) throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(task, leases, 0), "end-of-task"));
        signals.awaitOne();
        return 0;
    }

    private int attend(Signals signals, Task task, List<Lease> leases) throws IOException, InterruptedException {
        Process process = start(task, leases);
        signals.passOnTo(process);
        // Where signals are not to be had, they end the JVM, and this the task.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(process, task, leases), "end-of-task"));
        wiring.started(process);
        return process.waitFor();
    }

    private Process start(Task task, List<Lease> leases) throws IOException {
        ProcessBuilder builder = new ProcessBuilder();
        wiring.prepare(builder);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeAll(List.of(WorkloadIdentity.VARIABLE, "ERRAND_TOKEN"));
        sandbox.ifPresent(apart -> apart.clear(environment));
        try {
            handover.give(leases, environment);
        } catch (IOException e) {
            throw new CommandFailed("The credentials cannot be handed over: " + e.getMessage(), e);
        }
        environment.put("ERRAND_TASK_ID", task.id());
        return builder.command(handover.started(apart(leases, environment))).start();
    }

    private List<String> apart(List<Lease> leases, Map<String, String> environment) throws IOException {
        return sandbox.isEmpty()
                ? command
                : sandbox.get()
                        .command(
                                command,
                                isolation.reachable(leases),
                                relays.directory(),
                                handover.places(),
                                environment);
    }

    private void stop(Process process, Task task, List<Lease> leases) {
        if (ended.get()) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
            end(task, leases, process.waitFor());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A task that cannot be told to end does so by itself; what the command did stands either way. */
    private void end(Task task, List<Lease> leases, int exit) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        try {
            task.complete(wiring.isWell(exit) ? Outcome.SUCCEEDED : Outcome.FAILED, "exit code " + exit, wait(leases));
        } catch (Refused e) {
            say(
                    switch (e.refusal()) {
                        case Refusal.NotAuthenticated over -> OVER;
                        case Refusal.NotThere over -> OVER;
                        case Refusal other -> stillThere(task, e.sentence());
                    });
        } catch (ErrandException e) {
            say(stillThere(task, String.valueOf(e.getMessage())));
        }
    }

    private static String stillThere(Task task, String why) {
        return "the task could not be completed (" + why + "); it ends at " + task.expiresAt() + " at the latest.";
    }

    private void say(String line) {
        err.println("errand: " + line);
        err.flush();
    }

    /** One that others check offline is gone only at its own end: nobody waits for that. */
    private static Duration wait(List<Lease> leases) {
        return leases.stream()
                        .map(Lease::credential)
                        .map(TokenResponse.Credential::type)
                        .anyMatch("jwt"::equals)
                ? Duration.ZERO
                : GRACE;
    }
}
