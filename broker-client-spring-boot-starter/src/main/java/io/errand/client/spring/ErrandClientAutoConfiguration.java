package io.errand.client.spring;

import io.errand.client.Errand;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** One {@link Errand}, unless the application has its own; it is closed with the application. */
@AutoConfiguration
@ConditionalOnProperty("errand.client.url")
@EnableConfigurationProperties(ErrandClientProperties.class)
public final class ErrandClientAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    static Errand errand(ErrandClientProperties properties) {
        return properties.errand();
    }
}
