package io.errand.broker.identity;

import io.errand.broker.identity.AdministratorTokens.Administrator;
import io.errand.broker.identity.AdministratorTokens.Stranger;
import java.util.Collections;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.AuthorizeHttpRequestsConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationConverter;
import org.springframework.security.web.SecurityFilterChain;

/** Who may do what under {@code /admin}: people with a bearer token and a role, and nobody else. */
@Configuration(proxyBeanMethods = false)
class AdminSecurity {

    private static final String[] ANY_ROLE = Role.OF_PEOPLE.toArray(String[]::new);

    private static final String[] REGISTRIES = {
        "/admin/v1/issuers/**",
        "/admin/v1/agents/**",
        "/admin/v1/tools/**",
        "/admin/v1/policies/**",
        "/admin/v1/open-policies/**",
        "/admin/v1/keys/**",
        "/admin/v1/deployment/**"
    };

    private static final String[] SEARCHES = {
        "/admin/v1/leases/**", "/admin/v1/tasks/**", "/admin/v1/findings/**", "/admin/v1/decisions/**"
    };

    private static final String[] SWITCHES = {
        "/admin/v1/revocations/**", "/admin/v1/locks/**", "/admin/v1/breakglass/**", "/admin/v1/reconciliations/**"
    };

    @Bean
    @Order(10)
    SecurityFilterChain adminChain(HttpSecurity http, AdministratorTokens tokens, AdminRefusals refusals) {
        AuthenticationManager manager = authentication -> authenticate(tokens, authentication);
        return http.securityMatcher("/admin/**", "/log/tile/entries/**", "/v3/api-docs/**", "/v3/api-docs.yaml")
                .csrf(AbstractHttpConfigurer::disable) // nothing here is authenticated by a cookie
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .headers(headers -> headers.contentSecurityPolicy(
                        csp -> csp.policyDirectives("default-src 'none'; frame-ancestors 'none'")))
                .oauth2ResourceServer(bearer -> bearer.authenticationManagerResolver(request -> manager)
                        // Named, since otherwise any converter among the beans would be taken, the token endpoint's
                        // too.
                        .authenticationConverter(bearerOnce())
                        .authenticationEntryPoint(refusals)
                        .accessDeniedHandler(refusals))
                .exceptionHandling(
                        faults -> faults.authenticationEntryPoint(refusals).accessDeniedHandler(refusals))
                .authorizeHttpRequests(AdminSecurity::rules)
                .build();
    }

    private static void rules(
            AuthorizeHttpRequestsConfigurer<HttpSecurity>.AuthorizationManagerRequestMatcherRegistry requests) {
        requests.requestMatchers(HttpMethod.GET, REGISTRIES)
                .hasAnyAuthority(ANY_ROLE)
                .requestMatchers(REGISTRIES)
                .hasAuthority(Role.ADMIN)
                .requestMatchers(HttpMethod.GET, SEARCHES)
                .hasAnyAuthority(ANY_ROLE)
                .requestMatchers(HttpMethod.GET, SWITCHES)
                .hasAnyAuthority(ANY_ROLE)
                .requestMatchers(SWITCHES)
                .hasAnyAuthority(Role.OF_OPERATORS.toArray(String[]::new))
                .requestMatchers(HttpMethod.GET, "/admin/v1/approvals/**")
                .hasAnyAuthority(ANY_ROLE)
                .requestMatchers("/admin/v1/approvals/**")
                .hasAuthority(Role.APPROVER)
                .requestMatchers(HttpMethod.GET, "/admin/v1/backends/**", "/admin/v1/doctor")
                .hasAnyAuthority(Role.ADMIN, Role.OPERATOR, Role.AUDITOR)
                .requestMatchers(HttpMethod.GET, "/admin/v1/audit/**", "/log/tile/entries/**")
                .hasAnyAuthority(Role.AUDITOR, Role.ADMIN)
                .requestMatchers(HttpMethod.POST, "/admin/v1/audit/erasures")
                .hasAuthority(Role.ADMIN)
                .requestMatchers(HttpMethod.GET, "/v3/api-docs", "/v3/api-docs.yaml")
                .hasAnyAuthority(ANY_ROLE)
                .anyRequest()
                .denyAll();
    }

    /** Of several headers, a proxy before us may have looked at another one. */
    private static BearerTokenAuthenticationConverter bearerOnce() {
        DefaultBearerTokenResolver one = new DefaultBearerTokenResolver();
        BearerTokenAuthenticationConverter converter = new BearerTokenAuthenticationConverter();
        converter.setBearerTokenResolver(request -> {
            if (Collections.list(request.getHeaders("Authorization")).size() > 1) {
                throw new InvalidBearerTokenException("There is more than one Authorization header");
            }
            return one.resolve(request);
        });
        return converter;
    }

    private static Authentication authenticate(AdministratorTokens tokens, Authentication authentication) {
        String bearer = ((BearerTokenAuthenticationToken) authentication).getToken();
        return switch (tokens.verify(bearer)) {
            case Administrator(var person, var roles) ->
                UsernamePasswordAuthenticationToken.authenticated(
                        person, null, AuthorityUtils.createAuthorityList(roles));
            case Stranger(var why) -> throw new NoAdministrator(why);
        };
    }
}
