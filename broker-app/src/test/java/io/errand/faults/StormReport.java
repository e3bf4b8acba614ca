package io.errand.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** What was seen in a storm of kills. */
final class StormReport {

    private final Deployment deployment;
    private final List<String> lines = new ArrayList<>();
    private final AtomicInteger granted = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger completed = new AtomicInteger();
    private final AtomicInteger tried = new AtomicInteger();
    private final AtomicInteger usable = new AtomicInteger();
    private long liveOfEnded;

    StormReport(Deployment deployment) {
        this.deployment = deployment;
    }

    void grant() {
        granted.incrementAndGet();
    }

    /** An answer that never came. */
    void lose() {
        lost.incrementAndGet();
    }

    void refuse() {
        refused.incrementAndGet();
    }

    void complete() {
        completed.incrementAndGet();
    }

    void resisted(int logins) {
        line("logins that resisted their end", logins);
    }

    /** @param rows sessions of leases' logins, and tokens of leases, that the targets' logs have */
    void observed(long rows) {
        line("sessions and tokens of leases in the targets' logs", rows);
    }

    /** @param entries of the audit log, each looked at */
    void logged(long entries) {
        line("entries of the audit log, verified offline", entries);
    }

    /** A login with a credential whose task had ended and whose lease was said to be gone. */
    void tried(boolean worked) {
        tried.incrementAndGet();
        if (worked) {
            usable.incrementAndGet();
        }
    }

    int usable() {
        return usable.get();
    }

    long liveOfEnded() {
        return liveOfEnded;
    }

    void phase(String name, Runnable work) {
        long begun = System.nanoTime();
        work.run();
        line(name, Duration.ofNanos(System.nanoTime() - begun).toMillis() / 1000.0 + " s");
    }

    /** Looks for what must never be, for that long. */
    void watch(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        Awaitility.await()
                .atMost(time.plusSeconds(30))
                .pollInterval(Duration.ofMillis(250))
                .until(() -> {
                    look();
                    return System.nanoTime() > end;
                });
    }

    private void look() {
        liveOfEnded += deployment.count("""
                SELECT count(*) FROM lease l JOIN task t ON t.id = l.task_id
                 WHERE t.state <> 'active' AND l.state = 'active'
                """);
    }

    void awaitDrained(Duration patience) {
        Awaitility.await("every lease REVOKED")
                .atMost(patience)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    look();
                    return deployment.count("SELECT count(*) FROM lease WHERE state <> 'revoked'") == 0;
                });
    }

    /** Tasks whose answer was lost are active until their end; it is brought forward. */
    void endForgotten() {
        line("tasks that nobody knew of", deployment.count("SELECT count(*) FROM task WHERE state = 'active'"));
        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
    }

    void print(KillStormTest.Size size) {
        line("kills", size.kills());
        line("exchanges granted / refused / answer lost", granted + " / " + refused + " / " + lost);
        line("tasks completed", completed);
        line("logins tried after the end / worked", tried + " / " + usable);
        line("ACTIVE leases of ended tasks, ever seen", liveOfEnded);
        for (List<String> row : deployment.rows("""
                SELECT backend, count(*), count(*) FILTER (WHERE state = 'revoked'), count(receipt),
                       count(*) FILTER (WHERE irrevocable), max(attempts)
                  FROM lease GROUP BY backend ORDER BY backend
                """)) {
            line(
                    "leases of " + row.getFirst() + ": all / revoked / receipts / irrevocable / most failed tries",
                    String.join(" / ", row.subList(1, row.size())));
        }
        line("orphans at the target", deployment.rolesAtTarget().size());
        line(
                "prepared transactions of leases at the target",
                deployment
                        .rowsAtTarget("SELECT gid FROM pg_prepared_xacts WHERE owner LIKE 'errand\\_%'")
                        .size());
        line("leases left in Vault", deployment.engine().leases());
        lines.forEach(System.out::println);
        try {
            Files.write(Path.of("target", "kill-storm.txt"), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void line(String name, Object value) {
        lines.add(String.format("%-85s %s", name, value));
    }
}
