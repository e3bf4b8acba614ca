package io.errand.broker.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.OutboundProperties;
import io.errand.testing.Nginx;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log behind a real HTTP server is read as one on disk is. */
class HttpTailTest {

    @TempDir
    private Path folder;

    private final Outbound outbound = new Outbound(new OutboundProperties(List.of("127.0.0.0/8"), null));

    @SuppressWarnings("NullAway.Init") // before each
    private Nginx server;

    @BeforeEach
    void start() throws IOException {
        Path files = Files.createDirectory(folder.resolve("files"));
        Files.writeString(folder.resolve("token"), "of-the-reader\n");
        server = new Nginx(files, "of-the-reader");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        outbound.close();
    }

    private HttpTail tail(String file) {
        return new HttpTail(
                URI.create("http://127.0.0.1:" + server.port() + "/" + file), folder.resolve("token"), "key", outbound);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve("files").resolve(file), text);
    }

    @Test
    void itsPartsAreWhatTheFileHas() throws IOException {
        write("audit.log", "0123456789");
        HttpTail tail = tail("audit.log");

        assertThat(tail.size()).isEqualTo(10);
        assertThat(tail.has(0)).isTrue();
        assertThat(tail.has(10)).isTrue();
        assertThat(tail.has(11)).isFalse();
        assertThat(text(tail.read(0, 4))).isEqualTo("0123");
        assertThat(text(tail.read(8, 1000))).isEqualTo("89");
        assertThat(tail.read(10, 1000)).isEmpty();
        write("audit.log", "0123456789ab");
        assertThat(text(tail.read(10, 1000))).isEqualTo("ab");
    }

    @Test
    void anEmptyOneIsEmpty() throws IOException {
        write("audit.log", "");

        assertThat(tail("audit.log").size()).isZero();
        assertThat(tail("audit.log").read(0, 1000)).isEmpty();
    }

    @Test
    void oneThatIsNotThereAndATokenThatIsNotTakenAreSaid() throws IOException {
        assertThatThrownBy(() -> tail("audit.log").read(0, 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("404");

        write("audit.log", "0123456789");
        Files.writeString(folder.resolve("token"), "of-nobody");
        assertThatThrownBy(() -> tail("audit.log").read(0, 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("401");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
