package io.errand.broker;

import io.errand.broker.shared.PreparedStart;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.data.autoconfigure.web.DataWebAutoConfiguration;
import org.springframework.modulith.Modulithic;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The service. Spring Data's part for web applications is left out: it would ask each repository, at the first parameter of any
 * request, whether it names an entity, and so start Hibernate.
 */
@Modulithic(sharedModules = "shared")
@SpringBootApplication(exclude = DataWebAutoConfiguration.class)
@ConfigurationPropertiesScan
@EnableScheduling
public class Errand {

    public static void main(String[] args) {
        SpringApplication application = new SpringApplication(Errand.class);
        application.addListeners(new PreparedStart(Errand.class));
        application.run(args);
    }
}
