package io.errand.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A real Redis of its own on loopback, whose default user may do everything. It lives as long as the JVM. */
public final class Redis {

    private static final class Once {
        private static final Redis ONE = new Redis();
    }

    private final int port = FreePorts.next();

    public static Redis shared() {
        Programs.find("redis-server", "redis-server"); // skips before anything fails
        return Once.ONE;
    }

    private Redis() {
        Path folder = Programs.folder("redis");
        Programs.start(
                folder.resolve("log"),
                Map.of(),
                Programs.find("redis-server", "redis-server").toString(),
                "--port",
                String.valueOf(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString(),
                "--save",
                "");
        Awaitility.await("Redis on port " + port)
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> {
                    try (Session session = new Session()) {
                        return "+PONG".equals(session.say("PING"));
                    }
                });
    }

    public int port() {
        return port;
    }

    /** An open connection, of the default user until it authenticates. */
    public Session connect() throws IOException {
        return new Session();
    }

    /** One connection: inline commands, and the first line of what is answered. */
    public final class Session implements AutoCloseable {

        private final Socket socket = new Socket("127.0.0.1", port);
        private final BufferedReader answers =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));

        private Session() throws IOException {
            socket.setSoTimeout(5_000);
        }

        /** Null: the server has closed the connection. */
        public @Nullable String say(String command) throws IOException {
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            return answers.readLine();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
