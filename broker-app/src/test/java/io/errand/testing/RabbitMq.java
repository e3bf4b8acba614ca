package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;

/** A real RabbitMQ of its own on loopback, with its management API and a port mapper of its own. It lives as long as the JVM. */
public final class RabbitMq {

    private static final String GUEST =
            "Basic " + Base64.getEncoder().encodeToString("guest:guest".getBytes(StandardCharsets.UTF_8));

    private static final class Once {
        private static final RabbitMq ONE = new RabbitMq();
    }

    private final int port = FreePorts.next();
    private final int management = FreePorts.next();
    private final Map<String, String> environment = new HashMap<>();

    /** With a queue {@code orders} in the vhost {@code /}. */
    public static RabbitMq shared() {
        Programs.find("rabbitmq-server", "rabbitmq-server"); // skips before anything fails
        return Once.ONE;
    }

    private RabbitMq() {
        Path folder = Programs.folder("rabbitmq");
        Path server = Programs.find("rabbitmq-server", "rabbitmq-server");
        environment.put("HOME", folder.toString());
        environment.put("RABBITMQ_NODENAME", "errand" + port + "@localhost");
        environment.put("RABBITMQ_MNESIA_BASE", folder.resolve("mnesia").toString());
        environment.put("RABBITMQ_LOG_BASE", folder.resolve("log").toString());
        environment.put("RABBITMQ_LOGS", "-");
        environment.put("RABBITMQ_CONFIG_FILE", folder.resolve("conf").toString());
        environment.put("RABBITMQ_CONF_ENV_FILE", folder.resolve("env").toString());
        environment.put(
                "RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("plugins").toString());
        environment.put("RABBITMQ_DIST_PORT", String.valueOf(FreePorts.next()));
        environment.put("ERL_EPMD_PORT", String.valueOf(FreePorts.next()));
        environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
        try {
            Files.writeString(folder.resolve("conf"), """
                    listeners.tcp.1 = 127.0.0.1:%d
                    management.tcp.ip = 127.0.0.1
                    management.tcp.port = %d
                    """.formatted(port, management));
            Files.writeString(folder.resolve("plugins"), "[rabbitmq_management].");
            Files.createFile(folder.resolve("env"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Process process = Programs.start(folder.resolve("out"), environment, server.toString());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
        Awaitility.await("RabbitMQ on port " + port)
                .atMost(Duration.ofMinutes(2))
                .ignoreExceptions()
                .until(() -> ask("PUT", "queues/%2F/orders", "{}") / 100 == 2);
    }

    public int port() {
        return port;
    }

    /** What {@code rabbitmqctl} needs to find it, and where its management API is. */
    public Map<String, String> environment() {
        Map<String, String> all = new HashMap<>(environment);
        all.put("PATH", Programs.find("rabbitmqctl", "rabbitmq-server").getParent() + ":" + System.getenv("PATH"));
        all.put("RABBITMQ", "http://127.0.0.1:" + management);
        return all;
    }

    private int ask(String method, String path, String body) throws IOException, InterruptedException {
        // Its server hangs up on an offer of HTTP/2.
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + management + "/api/" + path))
                                    .header("Authorization", GUEST)
                                    .timeout(Duration.ofSeconds(5))
                                    .method(method, HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
        }
    }

    /** The port mapper is a daemon of its own, nobody's child once it runs, and ends only when its last node has. */
    private void end(Process server) {
        try {
            Programs.end(server);
            server.waitFor();
            ProcessBuilder epmd = new ProcessBuilder("epmd", "-kill");
            epmd.environment().putAll(environment);
            epmd.redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            // there is none
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
