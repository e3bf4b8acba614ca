package io.errand.broker.introspection;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;

/** Status lists are read without a token, and may be kept on the way: the framework's {@code no-store} is not for them. */
@Configuration(proxyBeanMethods = false)
class StatusListSecurity {

    @Bean
    @Order(4)
    SecurityFilterChain statusListChain(HttpSecurity http) throws Exception {
        return http.securityMatcher(StatusListEndpoint.PATH, StatusListEndpoint.PATH + "/**")
                .csrf(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .build();
    }
}
