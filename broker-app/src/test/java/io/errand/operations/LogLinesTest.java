package io.errand.operations;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.io.ClassPathResource;

/** What the service's own pattern makes of the trace of a line. */
class LogLinesTest {

    @Test
    void theTraceStandsInBrackets() throws IOException {
        assertThat(line(Map.of("traceId", "4bf92f3577b34da6a3ce929d0e0e4736", "spanId", "00f067aa0ba902b7")))
                .isEqualTo("[4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7] Done.");
    }

    @Test
    void whereThereIsNoTraceThereAreNoBrackets() throws IOException {
        assertThat(line(Map.of("decision_id", "1"))).isEqualTo("Done.");
    }

    private static String line(Map<String, String> context) throws IOException {
        Object pattern = new YamlPropertySourceLoader()
                .load("service", new ClassPathResource("application.yaml"))
                .getFirst()
                .getProperty("logging.pattern.correlation");
        LoggerContext logback = new LoggerContext();
        PatternLayout layout = new PatternLayout();
        layout.setContext(logback);
        layout.setPattern(pattern + "%message");
        layout.start();
        LoggingEvent event = new LoggingEvent();
        event.setLoggerContext(logback);
        event.setLevel(Level.INFO);
        event.setMessage("Done.");
        event.setMDCPropertyMap(context);
        return layout.doLayout(event);
    }
}
