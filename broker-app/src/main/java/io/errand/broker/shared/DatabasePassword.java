package io.errand.broker.shared;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Gives the pool its password from {@code errand.database.password-file}, as it stands there when a connection is opened. */
@Component
class DatabasePassword implements BeanPostProcessor {

    private final Environment environment;

    DatabasePassword(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Object postProcessBeforeInitialization(Object bean, String name) {
        if (bean instanceof HikariDataSource pool) {
            Binder.get(environment)
                    .bind("errand.database", DatabaseProperties.class)
                    .map(DatabaseProperties::passwordFile)
                    .ifBound(file -> follow(pool, file));
        }
        return bean;
    }

    static void follow(HikariDataSource pool, Path file) {
        pool.setCredentialsProvider(() -> Credentials.of(pool.getUsername(), read(file)));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).stripTrailing();
        } catch (IOException e) {
            throw new IllegalStateException("errand.database.password-file cannot be read: " + file, e);
        }
    }
}
