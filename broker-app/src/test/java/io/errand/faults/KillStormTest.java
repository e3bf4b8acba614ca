package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two brokers on one database, one of them killed (SIGKILL) two seconds after it is ready, again and again, while agents go on, a
 * third of those with a login resisting. PostgreSQL and Vault log what is done, and what they log is held against what was allowed.
 * {@code -Derrand.storm=full} or {@code middle} makes it large; {@code .ci/kill-storm} does that.
 */
@BesideOthers
class KillStormTest {

    /**
     * @param others leases of {@code jwt} and {@code postgres}, half and half
     * @param jwtTtl how long a jwt credential lives; nothing ends it before for those who check it offline
     * @param patience how long what the dead have claimed may take to come back and be destroyed
     * @param passesTime whether the claims of the dead are passed over in the database instead of waited for
     */
    record Size(int vault, int others, int kills, String jwtTtl, Duration patience, boolean passesTime) {

        static Size chosen() {
            return switch (System.getProperty("errand.storm", "small")) {
                case "full" -> new Size(2_000, 20_000, 12, "PT10M", Duration.ofMinutes(20), false);
                case "middle" -> new Size(300, 3_000, 6, "PT2M", Duration.ofMinutes(10), false);
                default -> new Size(40, 200, 3, "PT10S", Duration.ofSeconds(100), true);
            };
        }
    }

    @Test
    @Timeout(value = 45, unit = TimeUnit.MINUTES)
    void nothingIsLeftWhoeverDies() {
        try (TargetLogs logs = new TargetLogs()) {
            storm(Size.chosen(), logs);
        }
    }

    private static void storm(Size size, TargetLogs logs) {
        Deployment deployment = logs.deployment().with("errand.lease.claim-timeout", "PT1M");
        BrokerProcess[] brokers = {deployment.start(), deployment.start()};
        Deployment.furnish(brokers[0]);
        StormReport report = new StormReport(deployment);
        try (Crowd crowd =
                new Crowd(size, report, deployment.server(), () -> List.of(brokers[0].wire(), brokers[1].wire()))) {
            crowd.begin();
            report.phase("leases made", () -> crowd.awaitLive(size));
            crowd.churn();
            report.phase("kills", () -> {
                for (int kill = 0; kill < size.kills(); kill++) {
                    report.watch(Duration.ofSeconds(2));
                    brokers[kill % 2].kill();
                    brokers[kill % 2] = deployment.start();
                }
            });
            report.phase("tasks ended", crowd::endAll);
            report.resisted(crowd.resisted());
        }
        if (size.passesTime()) {
            deployment.passTime();
        }
        report.phase("drained", () -> report.awaitDrained(size.patience()));
        Scene scene = new Scene(brokers[0].port());
        report.phase("what was observed", () -> report.observed(logs.onlyWhatIsMadeByHandIsWithoutALease(scene)));
        report.phase("the log", () -> report.logged(WholeLog.of(deployment, scene)));
        report.print(size);

        assertThat(report.usable())
                .as("credentials that worked after their task had ended")
                .isZero();
        assertThat(report.liveOfEnded())
                .as("ACTIVE leases of tasks that had ended")
                .isZero();
        Remains.nothingIsLeft(deployment, scene);
        List.of(brokers).forEach(BrokerProcess::close);
    }
}
