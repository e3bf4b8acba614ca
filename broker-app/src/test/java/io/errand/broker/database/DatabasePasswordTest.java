package io.errand.broker.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.mock.env.MockEnvironment;

/** The password of the service's database rotates without a restart. */
class DatabasePasswordTest {

    private final Postgres postgres = Postgres.shared();
    private final String login = Scene.name("service").replace('-', '_');

    @TempDir
    private Path folder;

    @Test
    void aPasswordIsReadWhenAConnectionIsOpened() throws Exception {
        Path file = Files.writeString(folder.resolve("password"), "the-first\n");
        postgres.execute("postgres", "CREATE ROLE " + login + " LOGIN PASSWORD 'the-first'");

        try (HikariDataSource pool = pool(file)) {
            works(pool);
            postgres.execute("postgres", "ALTER ROLE " + login + " PASSWORD 'the-second'");
            Files.writeString(file, "the-second\n");
            pool.getHikariPoolMXBean().softEvictConnections();

            works(pool);
        }
    }

    /** The listener for leases has one. */
    @Test
    void connectionsBesideThePoolHaveItToo() throws Exception {
        Path file = Files.writeString(folder.resolve("password"), "the-first\n");
        JdbcConnectionDetails configured = new JdbcConnectionDetails() {

            @Override
            public String getUsername() {
                return login;
            }

            @Override
            public @Nullable String getPassword() {
                return null;
            }

            @Override
            public String getJdbcUrl() {
                return postgres.url("postgres");
            }
        };

        JdbcConnectionDetails given = (JdbcConnectionDetails)
                password(file).postProcessBeforeInitialization(configured, "jdbcConnectionDetails");

        assertThat(given.getUsername()).isEqualTo(login);
        assertThat(given.getJdbcUrl()).isEqualTo(configured.getJdbcUrl());
        assertThat(given.getPassword()).isEqualTo("the-first");
        Files.writeString(file, "the-second\n");
        assertThat(given.getPassword()).isEqualTo("the-second");
        assertThat(new DatabasePassword(new MockEnvironment()).postProcessBeforeInitialization(configured, "other"))
                .isSameAs(configured);
    }

    @Test
    void aFileThatIsNotThereIsSaidAtTheStart() {
        Path missing = folder.resolve("missing");

        assertThatThrownBy(() -> new DatabaseProperties(missing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("errand.database.password-file names a file that cannot be read");
    }

    private HikariDataSource pool(Path file) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(postgres.url("postgres"));
        pool.setUsername(login);
        pool.setMaximumPoolSize(1);
        password(file).postProcessBeforeInitialization(pool, "dataSource");
        return pool;
    }

    private static DatabasePassword password(Path file) {
        return new DatabasePassword(
                new MockEnvironment().withProperty("errand.database.password-file", file.toString()));
    }

    private static void works(HikariDataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            assertThat(connection.isValid(1)).isTrue();
        }
    }
}
