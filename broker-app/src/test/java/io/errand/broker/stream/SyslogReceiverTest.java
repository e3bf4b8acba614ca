package io.errand.broker.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.stream.StreamReceiver.NotTaken;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Content;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Syslog over TLS as RFC 5424 and RFC 5425 have it, and never believed to have arrived before it has. */
class SyslogReceiverTest {

    private static final EventFormat AS_IT_IS = (event, line) -> line;

    @TempDir
    private Path folder;

    private static Entry entry(String kind, String details) {
        return Entry.of(
                ("{\"at\":\"2026-11-30T10:00:00.123456789Z\",\"place\":7,\"id\":\"01800000-0000-7000-8000-000000000000\","
                                + "\"kind\":\"" + kind + "\",\"who\":\"agent:ü\",\"details\":" + details + "}")
                        .getBytes(StandardCharsets.UTF_8),
                AS_IT_IS);
    }

    private static SSLServerSocket listening(Authority authority) throws IOException {
        return (SSLServerSocket) authority
                .tls(authority.issue(Content.server()))
                .getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    private SyslogReceiver to(ServerSocket server, Authority trusted, int maxBytes) throws IOException {
        Path ca = Files.writeString(folder.resolve("ca.pem"), trusted.own().certificatePem());
        return new SyslogReceiver(
                "127.0.0.1:" + server.getLocalPort(), ca, maxBytes, AS_IT_IS, "errand.example", "1.2 \"3\"");
    }

    /** Each after its length, as long as the sender sends. */
    private static List<String> messages(SSLSocket connection) throws IOException {
        InputStream in = connection.getInputStream();
        List<String> messages = new ArrayList<>();
        for (int digit = in.read(); digit >= 0; digit = in.read()) {
            int length = 0;
            for (; digit != ' '; digit = in.read()) {
                length = length * 10 + Character.digit(digit, 10);
            }
            messages.add(new String(in.readNBytes(length), StandardCharsets.UTF_8));
        }
        return messages;
    }

    @Test
    void eachMessageStandsAfterItsLength() throws Exception {
        Authority authority = new Authority("collector");
        try (SSLServerSocket server = listening(authority)) {
            CompletableFuture<List<String>> read = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try (SSLSocket connection = (SSLSocket) server.accept()) {
                    read.complete(messages(connection));
                } catch (IOException e) {
                    read.completeExceptionally(e);
                }
            });

            to(server, authority, 8192).take(List.of(entry("lock.set", "{}"), entry("task.completed", "{\"a\":1}")));

            List<String> messages = read.get(10, TimeUnit.SECONDS);
            assertThat(messages).hasSize(2);
            assertThat(messages.get(0))
                    .startsWith("<106>1 2026-11-30T10:00:00.123456Z errand.example errand - lock.set"
                            + " [origin software=\"errand\" swVersion=\"1.2__3_\"][meta sequenceId=\"8\"] {\"at\":")
                    .endsWith("\"who\":\"agent:ü\",\"details\":{}}");
            assertThat(messages.get(1)).startsWith("<110>1 ").contains(" task.completed ");
        }
    }

    @Test
    void whatIsTooLongGoesWithoutItsDetails() throws IOException {
        Authority authority = new Authority("collector");
        try (SSLServerSocket server = listening(authority)) {
            byte[] message = to(server, authority, 2048)
                    .message(entry("task.completed", "{\"text\":\"" + "x".repeat(5000) + "\"}"));

            assertThat(message.length).isLessThan(2048);
            assertThat(new String(message, StandardCharsets.UTF_8))
                    .contains("\"place\":7", "\"details\":{\"line_sha256\":\"")
                    .doesNotContain("xxx");
        }
    }

    /** As a process that dies, and as one that is stopped and says so. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @SuppressWarnings("try") // it is to end before TLS says goodbye
    void aReceiverThatEndsBeforeItHasReadHasNotTakenIt(boolean saysSo) throws Exception {
        Authority authority = new Authority("collector");
        SSLSocketFactory tls = authority.tls(authority.issue(Content.server())).getSocketFactory();
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket connection = server.accept()) {
                    SSLSocket secured = (SSLSocket) tls.createSocket(connection, null, false);
                    secured.startHandshake();
                    if (saysSo) {
                        secured.shutdownOutput();
                    }
                    connection.setSoLinger(true, 0);
                } catch (IOException e) {
                    // what the sender makes of it is what the test looks at
                }
            });
            SyslogReceiver receiver = to(server, authority, 8192);
            Entry entry = entry("task.completed", "{\"text\":\"" + "x".repeat(4000) + "\"}");

            assertThatThrownBy(() -> receiver.take(List.of(entry))).isInstanceOf(NotTaken.class);
        }
    }

    @Test
    void aStrangerIsToldNothing() throws Exception {
        try (SSLServerSocket server = listening(new Authority("stranger"))) {
            CompletableFuture<Boolean> read = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try (SSLSocket connection = (SSLSocket) server.accept()) {
                    read.complete(connection.getInputStream().read() >= 0);
                } catch (IOException e) {
                    read.complete(false);
                }
            });
            SyslogReceiver receiver = to(server, new Authority("collector"), 8192);

            assertThatThrownBy(() -> receiver.take(List.of(entry("task.completed", "{}"))))
                    .isInstanceOf(NotTaken.class)
                    .hasMessageContaining("SSLHandshakeException");
            assertThat(read.get(10, TimeUnit.SECONDS)).isFalse();
        }
    }
}
