package io.errand.broker.database;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The service's own database, beside {@code spring.datasource}.
 *
 * @param passwordFile where the password of {@code spring.datasource.username} stands; it is read for each new connection, so that a
 *     rotation needs no restart. A line feed at its end is no part of it
 */
@ConfigurationProperties("errand.database")
record DatabaseProperties(@Nullable Path passwordFile) {

    DatabaseProperties {
        if (passwordFile != null && !Files.isReadable(passwordFile)) {
            throw new IllegalArgumentException(
                    "errand.database.password-file names a file that cannot be read: " + passwordFile);
        }
    }
}
