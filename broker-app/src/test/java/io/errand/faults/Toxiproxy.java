package io.errand.faults;

import io.errand.testing.FreePorts;
import io.errand.testing.Vaults;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * Connections that break when a test says so, by Shopify's Toxiproxy: the binary that {@code ERRAND_TOXIPROXY_BIN} names, or the one
 * in the cache of peers. Without it tests are skipped, unless {@code ERRAND_REQUIRE_ALL=true}.
 */
final class Toxiproxy {

    private static final class Once {
        private static final Optional<Toxiproxy> ONE = binary().map(Toxiproxy::new);
    }

    private final Wire api;

    private Toxiproxy(Path binary) {
        int port = FreePorts.next();
        Vaults.run(List.of(binary.toString(), "-host", "127.0.0.1", "-port", Integer.toString(port)));
        api = Wire.at(port);
        Awaitility.await("Toxiproxy")
                .atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> api.get("/version").status() == 200);
    }

    static Toxiproxy shared() {
        if (Once.ONE.isEmpty()) {
            if ("true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
                throw new AssertionError("No Toxiproxy (ERRAND_TOXIPROXY_BIN)");
            }
            Assumptions.abort("no Toxiproxy (ERRAND_TOXIPROXY_BIN)");
        }
        return Once.ONE.orElseThrow();
    }

    private static Optional<Path> binary() {
        @Nullable String named = System.getenv("ERRAND_TOXIPROXY_BIN");
        return Stream.of(
                        Path.of(Objects.requireNonNullElse(named, "")),
                        Path.of(System.getProperty("user.home"), ".cache/errand-peers/toxiproxy-server"))
                .filter(Files::isRegularFile)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A line to that {@code host:port}. */
    Line to(String upstream) {
        int port = FreePorts.next();
        Line line = new Line("line-" + port, port);
        ok(api.post(
                "/proxies",
                Map.of("name", line.name, "listen", "127.0.0.1:" + port, "upstream", upstream, "enabled", true)));
        return line;
    }

    final class Line {

        private final String name;
        private final int port;

        private Line(String name, int port) {
            this.name = name;
            this.port = port;
        }

        String address() {
            return "127.0.0.1:" + port;
        }

        /** Requests arrive; the first byte of an answer ends the connection instead. */
        void loseReplies() {
            toxic("limit_data", Map.of("bytes", 0));
        }

        /** Requests arrive; answers wait until {@link #mend}. */
        void holdReplies() {
            toxic("timeout", Map.of("timeout", 0));
        }

        private void toxic(String type, Map<String, ?> attributes) {
            ok(api.post(
                    "/proxies/" + name + "/toxics",
                    Map.of("name", "fault", "type", type, "stream", "downstream", "attributes", attributes)));
        }

        void mend() {
            api.delete("/proxies/" + name + "/toxics/fault");
        }

        /** Ends all connections; new ones are refused. */
        void down() {
            ok(api.post("/proxies/" + name, Map.of("enabled", false)));
        }

        void up() {
            ok(api.post("/proxies/" + name, Map.of("enabled", true)));
        }
    }

    private static void ok(Answer answer) {
        if (answer.status() >= 300) {
            throw new IllegalStateException(answer.status() + " " + answer.text());
        }
    }
}
