package io.errand.broker.credential.mariadb;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.MariaDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A password that was changed at MariaDB and in its file needs no restart of the broker. */
class PasswordFileIsReadAgainTest {

    @Test
    void theNextConnectionIsMadeWithWhatTheFileSaysNow(@TempDir Path folder) throws IOException, SQLException {
        MariaDb server = MariaDb.shared();
        server.execute("CREATE OR REPLACE USER rotated@'%' IDENTIFIED BY 'first'");
        Path file = Files.writeString(folder.resolve("password"), "first\n");
        try (MariaDbServer target = new MariaDbServer(
                "rotated",
                new MariaDbProperties.Server(
                        "jdbc:mariadb://" + server.address() + "/",
                        "rotated",
                        null,
                        file,
                        2,
                        MariaDbProperties.PreparedTransactions.REPORT))) {
            try (Connection held = target.connect()) {
                server.execute("ALTER USER rotated@'%' IDENTIFIED BY 'second'");
                Files.writeString(file, "second\n");

                try (Connection next = target.connect()) {
                    assertThat(next.isValid(2)).isTrue();
                }
                assertThat(held.isValid(2)).isTrue();
            }
        }
    }
}
