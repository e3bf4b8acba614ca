package io.errand.client.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.cli.ApplyCommand;
import io.errand.cli.DevelopmentTokens;
import io.errand.client.Errand;
import io.errand.client.Lease;
import io.errand.client.Outcome;
import io.errand.client.Task;
import io.errand.client.TaskRequest;
import io.errand.quickstart.DataDirectory;
import io.errand.quickstart.LocalBroker;
import io.errand.quickstart.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.context.ConfigurableApplicationContext;

/** An application with the starter and two settings has a client that gets credentials of a real broker. */
class StarterTest {

    private static final String AGENT = "invoice-triage";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @SuppressWarnings("NullAway.Init")
    private static Path token;

    /** Without the broker's own configuration, which is on this class path too. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ErrandClientAutoConfiguration.class)
    static class Application {}

    @BeforeAll
    static void serve() throws Exception {
        broker = new LocalBroker(DataDirectory.take(data), Ports.free());
        broker.start(Map.of());
        assertThat(ApplyCommand.apply(List.of(Path.of("..", "examples", "quickstart")), broker::client, line -> {}))
                .isEmpty();
        DevelopmentTokens tokens = broker.tokens();
        token = Files.writeString(
                data.resolve("token"),
                tokens.token(tokens.workloads(), AGENT, DevelopmentTokens.AUDIENCE, Duration.ofMinutes(5), Map.of()));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void theClientIsABean() throws SQLException {
        try (ConfigurableApplicationContext application =
                start("--errand.client.url=" + broker.url(), "--errand.client.token-file=" + token)) {
            Errand errand = application.getBean(Errand.class);

            try (Task task = errand.begin(TaskRequest.of("triage").allow("orders-db", "read"));
                    Lease lease = task.lease("orders-db", "read")) {
                DriverManager.getConnection(lease.value("jdbc_url"), lease.value("username"), lease.value("password"))
                        .close();
                task.complete(Outcome.SUCCEEDED, null);
            }
        }
    }

    @Test
    void withoutAnAddressThereIsNone() {
        try (ConfigurableApplicationContext application = start()) {
            assertThat(application.getBeansOfType(Errand.class)).isEmpty();
        }
    }

    @Test
    void anAddressThatIsNoneStopsTheStart() {
        assertThatThrownBy(() -> start("--errand.client.url=ftp://errand.example"))
                .hasRootCauseMessage("The broker's address is an https or http URL, not ftp://errand.example");
    }

    @Test
    void aFileOfAuthoritiesWithoutOneStopsTheStart() throws Exception {
        Path empty = Files.writeString(data.resolve("empty.crt"), "");

        assertThatThrownBy(
                        () -> start("--errand.client.url=https://errand.example", "--errand.client.ca-file=" + empty))
                .hasStackTraceContaining("errand.client.ca-file: there are no certificates in PEM in " + empty + ".");
    }

    @Test
    void applicationsFindIt() {
        assertThat(ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader()))
                .contains(ErrandClientAutoConfiguration.class.getName());
    }

    private static ConfigurableApplicationContext start(String... settings) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run(settings);
    }
}
