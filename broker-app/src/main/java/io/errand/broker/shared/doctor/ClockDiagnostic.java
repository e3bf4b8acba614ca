package io.errand.broker.shared.doctor;

import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Leases end by the database's clock and tokens by this machine's (P6): the two should agree. */
@Component
class ClockDiagnostic implements Diagnostic {

    private final JdbcClient jdbc;
    private final InstantSource clock;

    @Autowired
    ClockDiagnostic(JdbcClient jdbc, Clock clock) {
        this(jdbc, (InstantSource) clock);
    }

    ClockDiagnostic(JdbcClient jdbc, InstantSource clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    @Override
    public String area() {
        return "clock";
    }

    @Override
    public List<Part> parts() {
        return List.of(Part.of("database", this::database));
    }

    private Result database() {
        jdbc.sql("SELECT 1").query(Integer.class).single();
        long begun = System.nanoTime();
        OffsetDateTime there =
                jdbc.sql("SELECT clock_timestamp()").query(OffsetDateTime.class).single();
        Duration way = Duration.ofNanos(System.nanoTime() - begun).dividedBy(2);
        return ClockDifference.of(Duration.between(there.toInstant().plus(way), clock.instant()), "PostgreSQL's");
    }
}
