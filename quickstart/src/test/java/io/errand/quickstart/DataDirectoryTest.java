package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.cli.CommandFailed;
import io.errand.cli.DevelopmentKey;
import io.errand.cli.ServeFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @Test
    void onlyTheOwnerReadsWhatIsSecret() throws Exception {
        try (DataDirectory data = DataDirectory.take(parent.resolve("data"))) {
            data.secretFile("kek");
            DevelopmentKey.loadOrCreate(data.path());
            new ServeFile("u", "i", "d", "m").write(data.path());

            assertThat(mode(data.path())).isEqualTo("rwx------");
            assertThat(mode(data.file("kek"))).isEqualTo("rw-------");
            assertThat(mode(data.file("dev-issuer.jwk"))).isEqualTo("rw-------");
            assertThat(mode(data.file("serve.json"))).isEqualTo("rw-------");
        }
    }

    @Test
    void aSecretIsMadeOnceAndHas32Bytes() throws Exception {
        try (DataDirectory data = DataDirectory.take(parent)) {
            String first = Files.readString(data.secretFile("kek"));
            String second = Files.readString(data.secretFile("kek"));

            assertThat(second).isEqualTo(first);
            assertThat(Base64.getDecoder().decode(first)).hasSize(32);
        }
    }

    @Test
    @SuppressWarnings("try") // held, not used
    void onlyOneBrokerHasIt() throws Exception {
        try (DataDirectory held = DataDirectory.take(parent)) {
            assertThatThrownBy(() -> DataDirectory.take(parent))
                    .isInstanceOf(CommandFailed.class)
                    .hasMessageStartingWith("Another `errand serve` uses ");
        }
        DataDirectory.take(parent).close();
    }

    @Test
    void aTakenPortIsOneSentence() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> Ports.from(taken.getLocalPort()))
                    .isInstanceOf(CommandFailed.class)
                    .hasMessage("Port " + taken.getLocalPort() + " is taken; choose another with --port.");
        }
        assertThatThrownBy(() -> Ports.from(70_000)).isInstanceOf(CommandFailed.class);
    }

    private static String mode(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
