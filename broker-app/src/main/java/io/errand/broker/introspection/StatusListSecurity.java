package io.errand.broker.introspection;

import io.errand.broker.shared.web.StatelessChain;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.web.SecurityFilterChain;

/** Status lists are read without a token, and may be kept on the way: the framework's {@code no-store} is not for them. */
@Configuration(proxyBeanMethods = false)
class StatusListSecurity {

    @Bean
    @Order(4)
    SecurityFilterChain statusListChain() {
        return StatelessChain.of(StatusListEndpoint.PATH, StatusListEndpoint.PATH + "/**")
                .build();
    }
}
