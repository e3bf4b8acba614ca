package io.errand.broker.shared.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.DoctorReport;
import io.errand.broker.shared.doctor.Diagnostic.Part;
import io.errand.broker.shared.doctor.Diagnostic.Result;
import io.errand.testing.Postgres;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** A part that hangs or fails is an error of that part, and keeps nobody from hearing of the others. */
class DoctorWaitsForNobodyTest {

    private final CountDownLatch never = new CountDownLatch(1);

    private record Room(String area, List<Part> parts) implements Diagnostic {}

    private Result hang() {
        try {
            never.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Result.ok("answered");
    }

    @AfterEach
    void letGo() {
        never.countDown();
    }

    @Test
    void whatHangsIsAnErrorAndTheOthersAnswer() {
        Diagnostic listsForEver = new Diagnostic() {
            @Override
            public String area() {
                return "vault";
            }

            @Override
            public List<Part> parts() {
                hang();
                return List.of();
            }
        };
        Doctor doctor = new Doctor(
                List.of(
                        listsForEver,
                        new Room(
                                "issuers",
                                List.of(Part.of("one", this::hang), Part.of("two", () -> Result.ok("fine")))),
                        new Room("keys", List.of(Part.of("three", () -> {
                            throw new IllegalStateException("outer", new IllegalStateException("no key"));
                        })))),
                Duration.ofMillis(300));

        DoctorReport report = doctor.examine();

        assertThat(report.status()).isEqualTo("error");
        assertThat(report.checks().stream().map(one -> one.area() + " " + one.subject() + " " + one.status()))
                .containsExactly("issuers one error", "keys three error", "vault vault error", "issuers two ok");
        assertThat(report.checks().get(0).detail()).contains("no answer within");
        assertThat(report.checks().get(1).detail()).isEqualTo("could not be looked at: no key");
        doctor.close();
    }

    @Test
    void aClockThatIsOff() {
        Postgres server = Postgres.shared();
        JdbcClient jdbc = JdbcClient.create(
                new DriverManagerDataSource(server.url("postgres"), server.user(), server.password()));

        Result late = look(new ClockDiagnostic(jdbc, Clock.offset(Clock.systemUTC(), Duration.ofSeconds(-9))));
        Result early = look(new ClockDiagnostic(jdbc, Clock.offset(Clock.systemUTC(), Duration.ofMinutes(9))));

        assertThat(late.status()).isEqualTo(Diagnostic.Status.WARNING);
        assertThat(late.detail()).contains("behind PostgreSQL's");
        assertThat(early.detail()).contains("ahead of PostgreSQL's");
        assertThat(early.remedy()).contains("NTP");
    }

    private static Result look(Diagnostic room) {
        return room.parts().getFirst().look().get().getFirst();
    }
}
