package io.errand.cli;

import io.errand.api.Json;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code errand revoke}: the kill switch. */
@Command(
        name = "revoke",
        mixinStandardHelpOptions = true,
        description = {
            "Revoke everything of a scope, and lock it. Once this is answered nothing of it is granted or vouched for;",
            "with --wait, until every credential is seen to be gone. Exit code 1 if some are not by then, or if nothing is known",
            "by the name: then nothing is changed."
        })
public final class RevokeCommand implements Callable<Integer> {

    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private Scope scope;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; it is kept on the log.")
    private String reason = "";

    @Option(names = "--no-lock", description = "Revoke what is live and set no lock.")
    private boolean noLock;

    @Option(names = "--even-if-unknown", description = "Lock a name ahead of time that nothing is known by yet.")
    private boolean evenIfUnknown;

    @Option(
            names = "--wait",
            arity = "0..1",
            fallbackValue = "PT60S",
            paramLabel = "DURATION",
            description = "Wait until all are gone, at most so long (ISO 8601; by default PT60S).")
    private @Nullable Duration wait;

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    /** Exactly one. */
    static final class Scope {

        @Option(names = "--agent", paramLabel = "NAME", description = "An agent.")
        private @Nullable String agent;

        @Option(names = "--owner", paramLabel = "NAME", description = "All agents of an owner.")
        private @Nullable String owner;

        @Option(names = "--person", paramLabel = "ID", description = "What acts for a person: person:<issuer>:<sub>.")
        private @Nullable String person;

        @Option(names = "--task", paramLabel = "ID", description = "A task.")
        private @Nullable String task;

        @Option(names = "--task-tree", paramLabel = "ID", description = "A task and all that came of its tree.")
        private @Nullable String taskTree;

        @Option(names = "--tool", paramLabel = "NAME", description = "A tool.")
        private @Nullable String tool;

        @Option(
                names = "--issuer",
                paramLabel = "NAME",
                description = "All in whose chain an identity of an issuer stands: workload, person or actor.")
        private @Nullable String issuer;

        @Option(names = "--lease", paramLabel = "ID", description = "A lease.")
        private @Nullable String lease;

        @Option(names = "--all", description = "Everything.")
        private boolean all;

        Map<String, Object> json() {
            if (all) {
                return Map.of("all", true);
            }
            Map<String, @Nullable String> members = new java.util.LinkedHashMap<>();
            members.put("agent", agent);
            members.put("owner", owner);
            members.put("person", person);
            members.put("task", task);
            members.put("task_tree", taskTree);
            members.put("tool", tool);
            members.put("issuer", issuer);
            members.put("lease", lease);
            for (Map.Entry<String, @Nullable String> member : members.entrySet()) {
                String value = member.getValue();
                if (value != null) {
                    return Map.of(member.getKey(), value);
                }
            }
            throw new CommandFailed("Which agent, owner, person, task, tool, issuer or lease?");
        }
    }

    @Override
    public Integer call() {
        BrokerClient broker = connection.broker();
        Map<String, Object> asked = new java.util.LinkedHashMap<>();
        asked.put("scope", scope.json());
        asked.put("reason", reason);
        if (noLock) {
            asked.put("lock", false);
        }
        if (evenIfUnknown) {
            asked.put("even_if_unknown", true);
        }
        BrokerClient.Answer answer = broker.post(
                        "/admin/v1/revocations", Json.mapper().valueToTree(asked))
                .orFail();
        PrintWriter out = spec.commandLine().getOut();
        JsonNode progress = answer.body();
        String id = progress.path("id").asString("");
        out.println("revocation " + id
                + (progress.path("lock").asString("").isEmpty()
                        ? ", no lock"
                        : ", lock " + progress.path("lock").asString()));
        if (progress.path("unknown").asBoolean(false)) {
            out.println("nothing is known by that name; it is locked ahead of time");
            out.flush();
            return 0;
        }
        tell(out, progress);
        Duration most = wait;
        if (most != null) {
            progress = follow(broker, id, progress, most, out);
            summary(out, progress);
        }
        boolean unfinished = left(progress) > 0;
        return most != null && unfinished ? 1 : 0;
    }

    private static JsonNode follow(BrokerClient broker, String id, JsonNode first, Duration most, PrintWriter out) {
        long end = System.nanoTime() + most.toNanos();
        JsonNode progress = first;
        while (progress.path("pending").asLong(0) > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(LOOK_NANOS);
            BrokerClient.Answer answer =
                    broker.get("/admin/v1/revocations/" + id + "?limit=1").orFail();
            if (answer.body().path("revoked").asLong()
                            != progress.path("revoked").asLong()
                    || answer.body().path("irrevocable").asLong()
                            != progress.path("irrevocable").asLong()) {
                tell(out, answer.body());
            }
            progress = answer.body();
        }
        return progress;
    }

    private static void tell(PrintWriter out, JsonNode progress) {
        out.println(progress.path("matched").asLong() + " leases: "
                + progress.path("revoked").asLong() + " seen gone, "
                + progress.path("pending").asLong() + " pending, "
                + progress.path("irrevocable").asLong() + " irrevocable");
        out.flush();
    }

    private static void summary(PrintWriter out, JsonNode progress) {
        JsonNode latency = progress.path("latency");
        if (!latency.path("p50_ms").isMissingNode()) {
            out.println("from order to gone: p50 " + latency.path("p50_ms").asLong() + " ms, p99 "
                    + latency.path("p99_ms").asLong() + " ms");
        }
        if (progress.path("matched").asLong(0) == 0) {
            out.println("there was no live lease");
        } else {
            out.println(
                    left(progress) == 0
                            ? "all gone; receipts: GET /admin/v1/revocations/"
                                    + progress.path("id").asString("")
                            : left(progress) + " not seen gone; the broker keeps trying");
        }
        out.flush();
    }

    private static long left(JsonNode progress) {
        return progress.path("pending").asLong(0) + progress.path("irrevocable").asLong(0);
    }
}
