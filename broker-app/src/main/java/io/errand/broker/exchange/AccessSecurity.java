package io.errand.broker.exchange;

import io.errand.broker.audit.Audit;
import io.errand.broker.identity.AdministratorTokens;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.web.filter.OncePerRequestFilter;

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
        return http.securityMatcher("/access/**", "/v1/decisions/**")
                .csrf(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(requests -> requests.anyRequest().hasAnyAuthority(TASK, GATEWAY))
                .addFilterBefore(
                        new Door(new TaskDoor(taskTokens, holders, audit), taskTokens, administrators),
                        AuthorizationFilter.class)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(TaskDoor.nothingShown())
                        .accessDeniedHandler((request, response, e) -> Problems.write(response, FORBIDDEN)))
                .build();
    }

    /** A gateway comes in by its own token; everybody else by the door of tasks. */
    private static final class Door extends OncePerRequestFilter {

        private static final String SCHEME = "Bearer ";

        private final TaskDoor tasks;
        private final TaskTokens taskTokens;
        private final AdministratorTokens administrators;

        Door(TaskDoor tasks, TaskTokens taskTokens, AdministratorTokens administrators) {
            this.tasks = tasks;
            this.taskTokens = taskTokens;
            this.administrators = administrators;
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            Optional<Authentication> gateway = gateway(request.getHeader("Authorization"));
            if (gateway.isPresent()) {
                enter(gateway.get());
                chain.doFilter(request, response);
                return;
            }
            tasks.doFilter(request, response, (inner, answer) -> {
                if (SecurityContextHolder.getContext().getAuthentication() instanceof TaskAuthentication task) {
                    enter(UsernamePasswordAuthenticationToken.authenticated(
                            task.task(), null, AuthorityUtils.createAuthorityList(TASK)));
                }
                chain.doFilter(inner, answer);
            });
        }

        private Optional<Authentication> gateway(@Nullable String header) {
            if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                return Optional.empty();
            }
            String token = header.substring(SCHEME.length()).strip();
            return !taskTokens.isOurs(token)
                            && administrators.verify(token)
                                    instanceof AdministratorTokens.Administrator(var name, var roles)
                    ? Optional.of(UsernamePasswordAuthenticationToken.authenticated(
                            name, null, AuthorityUtils.createAuthorityList(roles)))
                    : Optional.empty();
        }

        private static void enter(Authentication who) {
            SecurityContext context = SecurityContextHolder.createEmptyContext();
            context.setAuthentication(who);
            SecurityContextHolder.setContext(context);
        }
    }
}
