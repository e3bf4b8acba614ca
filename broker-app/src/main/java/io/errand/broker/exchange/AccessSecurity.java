package io.errand.broker.exchange;

import io.errand.broker.identity.AdministratorTokens;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Problems;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationConverter;
import org.springframework.security.web.SecurityFilterChain;

/**
 * Who may ask for decisions about actions: a task, by its own token, or a gateway. The room that decides knows neither kind of
 * token: the principal that it is given is the task, or the gateway's name.
 */
@Configuration(proxyBeanMethods = false)
class AccessSecurity {

    private static final String GATEWAY = "errand.pep";
    private static final String TASK = "task";

    private static final Problem UNAUTHORIZED = new Problem(
            HttpStatus.UNAUTHORIZED,
            "unauthorized",
            "Show the task's token, or a gateway's token of the administrators' issuer, as a bearer token (RFC 6750).",
            Map.of());

    private static final Problem FORBIDDEN = new Problem(
            HttpStatus.FORBIDDEN, "forbidden", "A gateway needs the role errand.pep; ask an administrator.", Map.of());

    @Bean
    @Order(2)
    SecurityFilterChain accessChain(HttpSecurity http, TaskTokens taskTokens, AdministratorTokens administrators)
            throws Exception {
        AuthenticationManager manager = bearer -> authenticate(bearer, taskTokens, administrators);
        return http.securityMatcher("/access/**", "/v1/decisions/**")
                .csrf(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(requests -> requests.anyRequest().hasAnyAuthority(TASK, GATEWAY))
                .oauth2ResourceServer(server -> server.authenticationManagerResolver(request -> manager)
                        .authenticationConverter(new BearerTokenAuthenticationConverter())
                        .authenticationEntryPoint((request, response, e) -> {
                            response.setHeader("WWW-Authenticate", "Bearer error=\"invalid_token\"");
                            Problems.write(response, UNAUTHORIZED);
                        })
                        .accessDeniedHandler((request, response, e) -> Problems.write(response, FORBIDDEN)))
                .build();
    }

    private static Authentication authenticate(
            Authentication bearer, TaskTokens taskTokens, AdministratorTokens administrators) {
        String token = ((BearerTokenAuthenticationToken) bearer).getToken();
        if (!taskTokens.isOurs(token)
                && administrators.verify(token) instanceof AdministratorTokens.Administrator(var name, var roles)) {
            return UsernamePasswordAuthenticationToken.authenticated(
                    name, null, AuthorityUtils.createAuthorityList(roles));
        }
        TaskAuthentication task = (TaskAuthentication) new TaskAuthentication.Manager(taskTokens).authenticate(bearer);
        return UsernamePasswordAuthenticationToken.authenticated(
                task.task(), null, AuthorityUtils.createAuthorityList(TASK));
    }
}
