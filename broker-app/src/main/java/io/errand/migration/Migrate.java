package io.errand.migration;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;

/**
 * Flyway and nothing else, with the service's own settings: {@code spring.datasource.*} is the owner of the schema here, and
 * {@code spring.flyway.placeholders.service_login} the login that the service has. Ends with 0 when every migration is in.
 */
@ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
public final class Migrate {

    private Migrate() {}

    public static void main(String[] args) {
        new SpringApplicationBuilder(Migrate.class)
                .web(WebApplicationType.NONE)
                .run(args)
                .close();
    }
}
