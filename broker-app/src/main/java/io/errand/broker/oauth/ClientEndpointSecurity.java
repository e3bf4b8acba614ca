package io.errand.broker.oauth;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import io.errand.broker.audit.Audit;
import io.errand.broker.caller.ProofOfPossession;
import io.errand.broker.caller.TaskAuthentication;
import io.errand.broker.caller.TaskTokens;
import io.errand.broker.grant.TokenExchange;
import io.errand.broker.key.Keys;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Problems;
import io.errand.broker.shared.web.ResourceMetadata;
import io.errand.broker.shared.web.StatelessChain;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.authorization.AuthenticatedAuthorizationManager;
import org.springframework.security.oauth2.server.authorization.web.NimbusJwkSetEndpointFilter;
import org.springframework.security.oauth2.server.authorization.web.OAuth2TokenEndpointFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandlerImpl;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Security filter chains of the endpoints that agents and tools call. A path that no chain names is refused. */
@Configuration(proxyBeanMethods = false)
class ClientEndpointSecurity {

    private static final String TOKEN = "/oauth2/token";
    private static final String KEYS = "/oauth2/jwks";

    /** The authorization server's own endpoint; no client secret exists anywhere, and an agent is known by the rest of its request. */
    @Bean
    @Order(1)
    SecurityFilterChain tokenChain(
            TokenExchange exchange,
            ProofOfPossession proofOfPossession,
            OAuthAnswers answers,
            ExchangeMetrics metrics) {
        TokenEndpoint token = new TokenEndpoint(exchange, proofOfPossession, metrics);
        OAuth2TokenEndpointFilter endpoint = new OAuth2TokenEndpointFilter(token::authenticate, TOKEN);
        endpoint.setAuthenticationConverter(token);
        endpoint.setAuthenticationSuccessHandler(
                (request, response, granted) -> answers.write(response, ((TokenEndpoint.Granted) granted).response()));
        endpoint.setAuthenticationFailureHandler(answers);
        return StatelessChain.of(TOKEN)
                .filters(new NonceFilter(proofOfPossession), new FormFilter(answers), endpoint)
                .build();
    }

    @Bean
    @Order(1)
    SecurityFilterChain keyChain(JWKSource<SecurityContext> publishedKeys) {
        return StatelessChain.of(KEYS)
                .filters(new NimbusJwkSetEndpointFilter(publishedKeys, KEYS))
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain tokenStateChain(OAuthAnswers answers) {
        return StatelessChain.of("/oauth2/introspect", "/oauth2/revoke")
                .filters(new FormFilter(answers))
                .build();
    }

    /** Agents by their workload tokens, which its controller looks at, and not by task tokens as all beside it. */
    @Bean
    @Order(2)
    SecurityFilterChain agentChain(ProofOfPossession proofOfPossession) {
        return StatelessChain.of("/v1/agent")
                .filters(new NonceFilter(proofOfPossession))
                .build();
    }

    @Bean
    @Order(3)
    SecurityFilterChain taskChain(
            TaskTokens taskTokens, ProofOfPossession proofOfPossession, ResourceMetadata metadata, Audit audit) {
        return StatelessChain.of("/v1/**")
                .filters(new NonceFilter(proofOfPossession))
                .authenticated(
                        new TaskAuthenticationFilter(
                                TaskAuthentication::new, taskTokens, proofOfPossession, metadata, audit),
                        AuthenticatedAuthorizationManager.authenticated(),
                        TaskAuthenticationFilter.nothingShown(metadata),
                        new AccessDeniedHandlerImpl())
                .build();
    }

    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    SecurityFilterChain everythingElse() {
        RequestMatcher open =
                StatelessChain.paths("/.well-known/**", "/actuator/**", "/log/**", MetadataEndpoints.AUTHORIZATION);
        Problem nothing =
                Problem.notFound("There is nothing at this address; see /.well-known/oauth-authorization-server.");
        return StatelessChain.ofOthers()
                .filters((request, response, chain) -> {
                    if (request.getDispatcherType() == DispatcherType.ERROR
                            || open.matches((HttpServletRequest) request)) {
                        chain.doFilter(request, response);
                    } else {
                        Problems.write((HttpServletResponse) response, nothing);
                    }
                })
                .build();
    }

    @Bean
    JWKSource<SecurityContext> publishedKeys(Keys keys) {
        return (selector, context) -> {
            List<JWK> all = new ArrayList<>();
            for (Map<String, Object> jwk : keys.published()) {
                try {
                    all.add(JWK.parse(jwk));
                } catch (ParseException e) {
                    throw new IllegalStateException(e);
                }
            }
            return selector.select(new JWKSet(all));
        };
    }
}
