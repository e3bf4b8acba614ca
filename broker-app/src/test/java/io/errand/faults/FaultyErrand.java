package io.errand.faults;

import io.errand.broker.Errand;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/** The service, with fault points around it and a clock that may be wrong. */
public final class FaultyErrand {

    /** Where the points are armed; see {@link FaultPoints}. */
    static final String FOLDER = "errand.faults.folder";

    /** How far the JVM's clock is ahead of the real one; ISO 8601. */
    static final String CLOCK_AHEAD = "errand.faults.clock-ahead";

    private FaultyErrand() {}

    public static void main(String[] args) {
        new SpringApplication(Errand.class, Surrounding.class).run(args);
    }

    @Configuration(proxyBeanMethods = false)
    static class Surrounding {

        @Bean
        static FaultPoints faultPoints() {
            return new FaultPoints(Path.of(System.getProperty(FOLDER, "")));
        }

        @Bean
        @Primary
        Clock shiftedClock() {
            return Clock.offset(Clock.systemUTC(), Duration.parse(System.getProperty(CLOCK_AHEAD, "PT0S")));
        }
    }
}
