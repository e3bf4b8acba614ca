package io.errand.cli;

import io.errand.api.RevocationRequest;
import io.errand.api.RevocationView;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code errand revoke}: the kill switch. */
@Command(
        name = "revoke",
        mixinStandardHelpOptions = true,
        description = {
            "Revoke everything of a scope, and lock it. Once this is answered nothing of it is granted or vouched for;",
            "with --wait, until every credential is seen to be gone. Exit code 1 if some are not by then, or if nothing is known",
            "by the name: then nothing is changed."
        })
public final class RevokeCommand extends BrokerCommand {

    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private Scope scope;

    @Mixin
    private Reason reason = new Reason();

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
            Map<String, @Nullable Object> members = new LinkedHashMap<>();
            members.put("agent", agent);
            members.put("owner", owner);
            members.put("person", person);
            members.put("task", task);
            members.put("task_tree", taskTree);
            members.put("tool", tool);
            members.put("issuer", issuer);
            members.put("lease", lease);
            members.put("all", all ? true : null);
            members.values().removeIf(Objects::isNull);
            return members;
        }
    }

    @Override
    int run() {
        BrokerClient broker = broker();
        RevocationView progress = broker.post(
                        "/admin/v1/revocations",
                        new RevocationRequest(
                                scope.json(), reason.text(), noLock ? false : null, evenIfUnknown ? true : null))
                .as(RevocationView.class);
        out().println("revocation " + progress.id()
                + (progress.lock() == null ? ", no lock" : ", lock " + progress.lock()));
        if (Boolean.TRUE.equals(progress.unknown())) {
            out().println("nothing is known by that name; it is locked ahead of time");
            return 0;
        }
        tell(progress);
        if (wait == null) {
            return 0;
        }
        RevocationView last = follow(broker, progress, wait);
        summary(last);
        return left(last) > 0 ? 1 : 0;
    }

    private RevocationView follow(BrokerClient broker, RevocationView first, Duration most) {
        long end = System.nanoTime() + most.toNanos();
        RevocationView progress = first;
        while (progress.pending() > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(LOOK_NANOS);
            RevocationView now = broker.get("/admin/v1/revocations/" + first.id() + "?limit=1")
                    .as(RevocationView.class);
            if (now.revoked() != progress.revoked() || now.irrevocable() != progress.irrevocable()) {
                tell(now);
            }
            progress = now;
        }
        return progress;
    }

    private void tell(RevocationView progress) {
        out().println(progress.matched() + " leases: " + progress.revoked() + " seen gone, " + progress.pending()
                + " pending, " + progress.irrevocable() + " irrevocable");
        out().flush();
    }

    private void summary(RevocationView progress) {
        RevocationView.Latency latency = progress.latency();
        if (latency.p50Ms() != null) {
            out().println("from order to gone: p50 " + latency.p50Ms() + " ms, p99 " + latency.p99Ms() + " ms");
        }
        if (progress.matched() == 0) {
            out().println("there was no live lease");
        } else {
            out().println(
                            left(progress) == 0
                                    ? "all gone; receipts: GET /admin/v1/revocations/" + progress.id()
                                    : left(progress) + " not seen gone; the broker keeps trying");
        }
    }

    private static long left(RevocationView progress) {
        return progress.pending() + progress.irrevocable();
    }
}
