package io.errand.broker.database;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import io.errand.broker.shared.Secret;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Gives the pool, and whoever makes connections beside it, the password from {@code errand.database.password-file}, as it stands there
 * when a connection is opened.
 */
@Component
class DatabasePassword implements BeanPostProcessor {

    /** What {@code spring.datasource} says, with that password. */
    private record Followed(JdbcConnectionDetails configured, Path file) implements JdbcConnectionDetails {

        @Override
        public @Nullable String getUsername() {
            return configured.getUsername();
        }

        @Override
        public String getPassword() {
            return read(file);
        }

        @Override
        public String getJdbcUrl() {
            return configured.getJdbcUrl();
        }

        @Override
        public String getDriverClassName() {
            return configured.getDriverClassName();
        }
    }

    private final Environment environment;

    DatabasePassword(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Object postProcessBeforeInitialization(Object bean, String name) {
        return switch (bean) {
            case HikariDataSource pool -> {
                Path file = file();
                if (file != null) {
                    follow(pool, file);
                }
                yield pool;
            }
            case JdbcConnectionDetails configured -> {
                Path file = file();
                yield file == null ? configured : new Followed(configured, file);
            }
            default -> bean;
        };
    }

    private @Nullable Path file() {
        return Binder.get(environment)
                .bind("errand.database", DatabaseProperties.class)
                .map(DatabaseProperties::passwordFile)
                .orElse(null);
    }

    private static void follow(HikariDataSource pool, Path file) {
        pool.setCredentialsProvider(() -> Credentials.of(pool.getUsername(), read(file)));
    }

    private static String read(Path file) {
        return Secret.read("errand.database.password-file", file).reveal();
    }
}
