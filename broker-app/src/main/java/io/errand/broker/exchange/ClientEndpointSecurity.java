package io.errand.broker.exchange;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import io.errand.broker.audit.Audit;
import io.errand.broker.key.Keys;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Problems;
import io.errand.broker.shared.web.ResourceMetadata;
import jakarta.servlet.DispatcherType;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.context.SecurityContextHolderFilter;

/** Security filter chains of the endpoints that agents and tools call. A path that no chain names is refused. */
@Configuration(proxyBeanMethods = false)
class ClientEndpointSecurity {

    @Bean
    @Order(1)
    SecurityFilterChain tokenChain(
            HttpSecurity http,
            TokenExchange exchange,
            ProofOfPossession proofOfPossession,
            OAuthAnswers answers,
            ExchangeMetrics metrics)
            throws Exception {
        TokenEndpoint token = new TokenEndpoint(exchange, proofOfPossession, metrics);
        return stateless(http)
                .securityMatcher("/oauth2/token", "/oauth2/jwks")
                .oauth2AuthorizationServer(server -> server.tokenEndpoint(endpoint ->
                                endpoint.accessTokenRequestConverters(converters -> {
                                            converters.clear();
                                            converters.add(token);
                                        })
                                        .authenticationProviders(providers -> {
                                            providers.clear();
                                            providers.add(token);
                                        })
                                        .accessTokenResponseHandler((request, response, granted) ->
                                                answers.write(response, ((TokenEndpoint.Granted) granted).response()))
                                        .errorResponseHandler(answers))
                        // No client secret exists anywhere, and what authenticates the agent is read with the rest of
                        // the
                        // request.
                        .clientAuthentication(client -> client.authenticationConverters(converters -> {
                            converters.clear();
                            converters.add(request -> null);
                        })))
                .addFilterBefore(new FormFilter(answers), SecurityContextHolderFilter.class)
                .addFilterBefore(new NonceFilter(proofOfPossession), SecurityContextHolderFilter.class)
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain tokenStateChain(HttpSecurity http, OAuthAnswers answers) throws Exception {
        return stateless(http)
                .securityMatcher("/oauth2/introspect", "/oauth2/revoke")
                .addFilterBefore(new FormFilter(answers), SecurityContextHolderFilter.class)
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .build();
    }

    /** Agents by their workload tokens, which its controller looks at, and not by task tokens as all beside it. */
    @Bean
    @Order(2)
    SecurityFilterChain agentChain(HttpSecurity http, ProofOfPossession proofOfPossession) throws Exception {
        return stateless(http)
                .securityMatcher("/v1/agent")
                .addFilterBefore(new NonceFilter(proofOfPossession), SecurityContextHolderFilter.class)
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .build();
    }

    @Bean
    @Order(3)
    SecurityFilterChain taskChain(
            HttpSecurity http,
            TaskTokens taskTokens,
            ProofOfPossession proofOfPossession,
            ResourceMetadata metadata,
            Audit audit)
            throws Exception {
        return stateless(http)
                .securityMatcher("/v1/**")
                .addFilterBefore(new NonceFilter(proofOfPossession), SecurityContextHolderFilter.class)
                .addFilterBefore(
                        new TaskAuthenticationFilter(
                                TaskAuthentication::new, taskTokens, proofOfPossession, metadata, audit),
                        AuthorizationFilter.class)
                .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .exceptionHandling(
                        handling -> handling.authenticationEntryPoint(TaskAuthenticationFilter.nothingShown(metadata)))
                .build();
    }

    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    SecurityFilterChain everythingElse(HttpSecurity http) throws Exception {
        Problem nothing =
                Problem.notFound("There is nothing at this address; see /.well-known/oauth-authorization-server.");
        return stateless(http)
                .authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR)
                        .permitAll()
                        .requestMatchers("/.well-known/**", "/actuator/**", "/log/**")
                        .permitAll()
                        .anyRequest()
                        .denyAll())
                .exceptionHandling(handling -> handling.authenticationEntryPoint(
                                (request, response, e) -> Problems.write(response, nothing))
                        .accessDeniedHandler((request, response, e) -> Problems.write(response, nothing)))
                .build();
    }

    @Bean
    AuthorizationServerSettings authorizationServerSettings(ErrandProperties errand) {
        return AuthorizationServerSettings.builder().issuer(errand.issuer()).build();
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

    /** The framework wants one; agents are registered in their own room, and none has a secret to look up. */
    @Bean
    RegisteredClientRepository noClients() {
        return new RegisteredClientRepository() {
            @Override
            public void save(RegisteredClient client) {
                throw new UnsupportedOperationException("Agents are registered at /admin/v1/agents.");
            }

            @Override
            public @Nullable RegisteredClient findById(String id) {
                return null;
            }

            @Override
            public @Nullable RegisteredClient findByClientId(String clientId) {
                return null;
            }
        };
    }

    private static HttpSecurity stateless(HttpSecurity http) throws Exception {
        return http.csrf(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable);
    }
}
