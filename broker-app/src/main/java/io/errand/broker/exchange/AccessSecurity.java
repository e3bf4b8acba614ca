package io.errand.broker.exchange;

import io.errand.broker.audit.Audit;
import io.errand.broker.identity.AdministratorTokens;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Problems;
import java.util.Map;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.context.SecurityContextHolderFilter;

/**
 * Who may ask for decisions about actions: a task, by its own token, or a gateway. The room that decides knows neither kind of
 * token: the principal that it is given is the task, or the gateway's name.
 */
@Configuration(proxyBeanMethods = false)
class AccessSecurity {

    private static final String GATEWAY = "errand.pep";
    private static final String TASK = "task";

    private static final Problem FORBIDDEN = new Problem(
            HttpStatus.FORBIDDEN, "forbidden", "A gateway needs the role errand.pep; ask an administrator.", Map.of());

    @Bean
    @Order(2)
    SecurityFilterChain accessChain(
            HttpSecurity http, TaskTokens taskTokens, Holders holders, Audit audit, AdministratorTokens administrators)
            throws Exception {
        TaskDoor door = new TaskDoor(
                taskTokens, holders, audit, AccessSecurity::task, token -> gateway(token, taskTokens, administrators));
        return http.securityMatcher("/access/**", "/v1/decisions/**")
                .csrf(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .addFilterBefore(new NonceFilter(holders), SecurityContextHolderFilter.class)
                .addFilterBefore(door, AuthorizationFilter.class)
                .authorizeHttpRequests(requests -> requests.anyRequest().hasAnyAuthority(TASK, GATEWAY))
                .exceptionHandling(handling -> handling.authenticationEntryPoint(TaskDoor.nothingShown())
                        .accessDeniedHandler((request, response, e) -> Problems.write(response, FORBIDDEN)))
                .build();
    }

    private static Authentication task(TaskTokens.Live live) {
        return UsernamePasswordAuthenticationToken.authenticated(
                live.task(), null, AuthorityUtils.createAuthorityList(TASK));
    }

    private static Optional<Authentication> gateway(
            String token, TaskTokens taskTokens, AdministratorTokens administrators) {
        return !taskTokens.isOurs(token)
                        && administrators.verify(token) instanceof AdministratorTokens.Administrator administrator
                ? Optional.of(UsernamePasswordAuthenticationToken.authenticated(
                        administrator.person(), null, AuthorityUtils.createAuthorityList(administrator.roles())))
                : Optional.empty();
    }
}
