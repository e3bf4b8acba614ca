package io.errand.broker.database;

import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** Whether the service migrates is looked at here as well: the prepared start of the image has Flyway whatever is set. */
@Configuration(proxyBeanMethods = false)
public class Migration {

    @Bean
    FlywayMigrationStrategy migrationStrategy(Environment environment) {
        return flyway -> {
            if (environment.getProperty("spring.flyway.enabled", Boolean.class, true)) {
                flyway.migrate();
            }
        };
    }
}
