package io.errand.migration;

import java.util.Map;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.core.env.MapPropertySource;

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
                // The service's own settings turn Flyway off where somebody else migrates. That is here.
                .initializers(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new MapPropertySource("migrate", Map.of("spring.flyway.enabled", true))))
                .run(args)
                .close();
    }
}
