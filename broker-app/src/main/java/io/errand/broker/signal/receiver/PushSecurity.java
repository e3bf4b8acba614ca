package io.errand.broker.signal.receiver;

import io.errand.broker.shared.web.StatelessChain;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.web.SecurityFilterChain;

/** Who pushes is known by what is pushed, which the endpoint looks at. */
@Configuration(proxyBeanMethods = false)
class PushSecurity {

    @Bean
    @Order(4)
    SecurityFilterChain securityEventPushChain() {
        return StatelessChain.of(PushEndpoint.PATH + "/**").build();
    }
}
