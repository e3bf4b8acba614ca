package io.errand.broker;

import io.errand.broker.shared.PreparedStart;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.modulith.Modulithic;
import org.springframework.scheduling.annotation.EnableScheduling;

/** The service. */
@Modulithic(sharedModules = "shared")
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
public class Errand {

    public static void main(String[] args) {
        SpringApplication application = new SpringApplication(Errand.class);
        application.addListeners(new PreparedStart(Errand.class));
        application.run(args);
    }
}
