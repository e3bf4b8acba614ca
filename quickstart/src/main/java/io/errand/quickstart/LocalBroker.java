package io.errand.quickstart;

import ch.qos.logback.classic.LoggerContext;
import io.errand.api.IssuerResource;
import io.errand.broker.Errand;
import io.errand.cli.BrokerClient;
import io.errand.cli.CommandFailed;
import io.errand.cli.Connection;
import io.errand.cli.DevelopmentTokens;
import io.errand.cli.ServeFile;
import io.errand.quickstart.issuer.DevelopmentIssuer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.MapPropertySource;

/** PostgreSQL, the development issuers and the service, started in this order and stopped in the other. */
public final class LocalBroker implements AutoCloseable {

    private static final int LONGEST_CAUSE = 200;
    private static final int REGISTRATIONS = 10;
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final DataDirectory data;
    private final Ports ports;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private @Nullable DevelopmentIssuer issuer;
    private @Nullable EmbeddedDatabase database;
    private boolean closed;

    /** @param data taken over: it is released when the broker is closed, or does not start */
    public LocalBroker(DataDirectory data, Ports ports) {
        this.data = data;
        this.ports = ports;
        running.push(data);
    }

    /** @param environment for {@code SPRING_DATASOURCE_URL}, {@code VAULT_ADDR} and {@code VAULT_TOKEN} */
    public void start(Map<String, String> environment) {
        try {
            startParts(environment);
        } catch (Exception e) {
            close();
            throw e instanceof CommandFailed failed ? failed : failed(data, e);
        }
    }

    private static CommandFailed failed(DataDirectory data, Throwable fault) {
        Throwable root = fault;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return new CommandFailed(
                "Errand did not start: " + brief(String.valueOf(root.getMessage())) + " (more in "
                        + data.file("errand.log") + " and " + data.file("postgres.log") + ")",
                fault);
    }

    /** Spring's messages can be pages; the log has them whole. */
    private static String brief(String message) {
        String line = message.lines().findFirst().orElse("");
        return line.length() > LONGEST_CAUSE ? line.substring(0, LONGEST_CAUSE) + "…" : line;
    }

    private void startParts(Map<String, String> environment) throws IOException {
        Settings.check(environment);
        DataCheck.check(data, !environment.containsKey("SPRING_DATASOURCE_URL"));
        silenceUntilConfigured();
        DevelopmentIssuer tokens = keep(DevelopmentIssuer.start(data.path(), ports.issuer(), url()));
        issuer = tokens;
        if (!environment.containsKey("SPRING_DATASOURCE_URL")) {
            database = keep(EmbeddedDatabase.start(data));
        }
        SpringApplication service = new SpringApplication(Errand.class);
        service.setRegisterShutdownHook(false);
        Map<String, Object> settings = new Settings(data, ports, tokens.tokens(), environment).with(database());
        service.addInitializers(context ->
                context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("quickstart", settings)));
        service.setDefaultProperties(settings); // what is read before initializers run: logging, banner
        keep(service.run());
        new ServeFile(url(), url(), tokens.tokens().base(), managementUrl()).write(data.path());
        register(tokens.tokens());
    }

    /** Logback's own default is everything to the terminal; the service's settings send it to a file later. */
    private static void silenceUntilConfigured() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logback) {
            logback.reset();
        }
    }

    private void register(DevelopmentTokens tokens) {
        BrokerClient client = client();
        put(client, "dev-workloads", tokens.workloads(), "workload");
        put(client, "dev-people", tokens.people(), "person");
    }

    private static void put(BrokerClient client, String name, String url, String purpose) {
        IssuerResource resource = new IssuerResource(
                "Issuer",
                name,
                url,
                null,
                new IssuerResource.Jwks(true, null, null, null),
                List.of(DevelopmentTokens.AUDIENCE),
                List.of("ES256"),
                null,
                null,
                purpose,
                null,
                null,
                null,
                null);
        BrokerClient.Answer answer = patiently(() -> client.put("/admin/v1/issuers/" + name, resource));
        if (!answer.isSuccess()) {
            throw new CommandFailed("The development issuer " + name + " is refused: " + answer.refusal());
        }
    }

    /** On a busy machine the broker may not have fetched its administrators' keys in time, and then knows nobody yet. */
    private static BrokerClient.Answer patiently(Supplier<BrokerClient.Answer> request) {
        for (int tries = 1; ; tries++) {
            try {
                return request.get();
            } catch (CommandFailed e) {
                if (tries == REGISTRATIONS) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private synchronized <T extends AutoCloseable> T keep(T part) throws IOException {
        if (closed) {
            stop(part);
            throw new IOException("stopped while starting");
        }
        running.push(part);
        return part;
    }

    public String url() {
        return "http://127.0.0.1:" + ports.broker();
    }

    /** Where health and metrics answer. */
    String managementUrl() {
        return "http://127.0.0.1:" + ports.management();
    }

    /** What the sign-in page of the console asks for; only its owner can read the file. */
    public Path passwordFile() {
        return DevelopmentIssuer.passwordFile(data.path());
    }

    public DevelopmentTokens tokens() {
        if (issuer == null) {
            throw new IllegalStateException("not started");
        }
        return issuer.tokens();
    }

    /** Empty where the service uses a database of the user's. */
    public Optional<EmbeddedDatabase> database() {
        return Optional.ofNullable(database);
    }

    /** As the development administrator. */
    public BrokerClient client() {
        return Connection.toLocal(data.path());
    }

    /** As another administrator, who is in these groups. */
    public BrokerClient client(String subject, List<String> groups) {
        return Connection.toLocal(data.path(), subject, groups);
    }

    @Override
    public synchronized void close() {
        closed = true;
        while (!running.isEmpty()) {
            stop(running.pop());
        }
    }

    /** A part that does not stop well must not keep the others running. */
    private static void stop(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LoggerFactory.getLogger(LocalBroker.class).warn("Stopping {}", part, e);
        }
    }
}
