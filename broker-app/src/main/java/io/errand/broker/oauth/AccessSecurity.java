package io.errand.broker.oauth;

import io.errand.broker.audit.Audit;
import io.errand.broker.caller.ProofOfPossession;
import io.errand.broker.caller.TaskTokens;
import io.errand.broker.identity.admin.AdministratorTokens;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Problems;
import io.errand.broker.shared.web.ResourceMetadata;
import io.errand.broker.shared.web.StatelessChain;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authorization.AuthorityAuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.server.resource.web.BearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Who may ask for decisions about actions: a task, by its own token, or a gateway. The room that decides knows neither kind of
 * token: the principal that it is given is the task, or the gateway's name.
 */
@Configuration(proxyBeanMethods = false)
class AccessSecurity {

    private static final String GATEWAY = "errand.pep";
    private static final String TASK = "task";

    private static final Problem FORBIDDEN =
            Problem.forbidden("A gateway needs the role errand.pep; ask an administrator.");

    @Bean
    @Order(2)
    SecurityFilterChain accessChain(
            TaskTokens taskTokens,
            AdministratorTokens administrators,
            ProofOfPossession proofOfPossession,
            ResourceMetadata metadata,
            Audit audit) {
        TaskAuthenticationFilter tasks =
                new TaskAuthenticationFilter(AccessSecurity::task, taskTokens, proofOfPossession, metadata, audit);
        return StatelessChain.of("/access/**", "/v1/decisions/**")
                .filters(new NonceFilter(proofOfPossession))
                .authenticated(
                        new Door(tasks, taskTokens, administrators),
                        AuthorityAuthorizationManager.hasAnyAuthority(TASK, GATEWAY),
                        TaskAuthenticationFilter.nothingShown(metadata),
                        (request, response, e) -> Problems.write(response, FORBIDDEN))
                .build();
    }

    private static Authentication task(TaskTokens.Live live) {
        return UsernamePasswordAuthenticationToken.authenticated(
                live.task(), null, AuthorityUtils.createAuthorityList(TASK));
    }

    /** A gateway's token is looked at here; whatever else is shown is a task's, or nothing. */
    private static final class Door extends OncePerRequestFilter {

        private static final BearerTokenResolver BEARER = new DefaultBearerTokenResolver();

        private final TaskAuthenticationFilter tasks;
        private final TaskTokens taskTokens;
        private final AdministratorTokens administrators;

        Door(TaskAuthenticationFilter tasks, TaskTokens taskTokens, AdministratorTokens administrators) {
            this.tasks = tasks;
            this.taskTokens = taskTokens;
            this.administrators = administrators;
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            Optional<String> token = bearer(request).filter(shown -> !taskTokens.isOurs(shown));
            if (token.isPresent()
                    && administrators.verify(token.get())
                            instanceof AdministratorTokens.Administrator(var person, var roles)) {
                SecurityContext context = SecurityContextHolder.createEmptyContext();
                context.setAuthentication(UsernamePasswordAuthenticationToken.authenticated(
                        person.name(), null, AuthorityUtils.createAuthorityList(roles)));
                SecurityContextHolder.setContext(context);
                chain.doFilter(request, response);
            } else {
                tasks.doFilter(request, response, chain);
            }
        }

        private static Optional<String> bearer(HttpServletRequest request) {
            try {
                return Optional.ofNullable(BEARER.resolve(request));
            } catch (OAuth2AuthenticationException e) {
                return Optional.empty(); // the task's door says why
            }
        }
    }
}
