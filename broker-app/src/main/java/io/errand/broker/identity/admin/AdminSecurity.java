package io.errand.broker.identity.admin;

import io.errand.broker.identity.admin.AdministratorTokens.Administrator;
import io.errand.broker.identity.admin.AdministratorTokens.Stranger;
import io.errand.broker.shared.web.StatelessChain;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.RequestMatcherDelegatingAuthorizationManager;
import org.springframework.security.web.header.writers.ContentSecurityPolicyHeaderWriter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Who may do what under {@code /admin}: people with a bearer token and a role, and nobody else. */
@Configuration(proxyBeanMethods = false)
class AdminSecurity {

    private static final Optional<HttpMethod> GET = Optional.of(HttpMethod.GET);
    private static final Optional<HttpMethod> POST = Optional.of(HttpMethod.POST);
    private static final Optional<HttpMethod> EVERY_METHOD = Optional.empty();

    private static final Collection<String> ANY_ROLE = Role.OF_PEOPLE;
    private static final Collection<String> OPERATORS = Role.OF_OPERATORS;

    private static final String[] REGISTRIES = {
        "/admin/v1/issuers/**",
        "/admin/v1/agents/**",
        "/admin/v1/proposals/**",
        "/admin/v1/unused",
        "/admin/v1/discovered/**",
        "/admin/v1/owners/**",
        "/admin/v1/tools/**",
        "/admin/v1/task-types/**",
        "/admin/v1/policies/**",
        "/admin/v1/open-policies/**",
        "/admin/v1/keys/**",
        "/admin/v1/deployment/**"
    };

    private static final String[] SEARCHES = {
        "/admin/v1/leases/**", "/admin/v1/tasks/**", "/admin/v1/findings/**", "/admin/v1/decisions/**"
    };

    private static final String[] SWITCHES = {
        "/admin/v1/revocations/**",
        "/admin/v1/locks/**",
        "/admin/v1/risk/**",
        "/admin/v1/breakglass/**",
        "/admin/v1/reconciliations/**"
    };

    /** Streams of security events: each receiver has its own, and administrators look after all. */
    private static final String[] STREAMS = {
        "/ssf/v1/stream", "/ssf/v1/status", "/ssf/v1/verification", "/ssf/v1/poll/**"
    };

    @Bean
    @Order(10)
    SecurityFilterChain adminChain(AdministratorTokens tokens, AdminRefusals refusals) {
        AuthenticationManager administrators = shown -> authenticate(tokens, shown);
        BearerTokenAuthenticationFilter bearer = new BearerTokenAuthenticationFilter(administrators, bearerOnce());
        bearer.setAuthenticationEntryPoint(refusals);
        RequestMatcherDelegatingAuthorizationManager rules = rules();
        return StatelessChain.of(
                        "/admin/**", "/log/tile/entries/**", "/ssf/v1/**", "/v3/api-docs/**", "/v3/api-docs.yaml")
                .header(new ContentSecurityPolicyHeaderWriter("default-src 'none'; frame-ancestors 'none'"))
                .authenticated(bearer, rules, refusals, refusals)
                .build();
    }

    private static RequestMatcherDelegatingAuthorizationManager rules() {
        Rules rules = new Rules();
        rules.allow(GET, ANY_ROLE, REGISTRIES);
        // Stopping is an operator's; everything else in an agent's life is an administrator's.
        rules.allow(POST, OPERATORS, "/admin/v1/agents/*/suspend");
        // The agent's owner answers, whatever they are beside that.
        rules.allow(POST, ANY_ROLE, "/admin/v1/agents/*/review");
        rules.allow(EVERY_METHOD, Set.of(Role.ADMIN), REGISTRIES);
        rules.allow(GET, ANY_ROLE, SEARCHES);
        rules.allow(GET, ANY_ROLE, SWITCHES);
        rules.allow(EVERY_METHOD, OPERATORS, SWITCHES);
        rules.allow(GET, ANY_ROLE, "/admin/v1/exceptions/**");
        rules.allow(POST, Set.of(Role.APPROVER), "/admin/v1/exceptions/*/approve");
        rules.allow(POST, OPERATORS, "/admin/v1/exceptions/*/end");
        rules.allow(EVERY_METHOD, Set.of(Role.ADMIN), "/admin/v1/exceptions/**");
        rules.allow(GET, Set.of(Role.ADMIN, Role.AUDITOR), "/admin/v1/directory/**");
        rules.allow(POST, Set.of(Role.ADMIN), "/admin/v1/directory/**");
        rules.allow(GET, ANY_ROLE, "/admin/v1/approvals/**");
        rules.allow(EVERY_METHOD, Set.of(Role.APPROVER), "/admin/v1/approvals/**");
        rules.allow(GET, Set.of(Role.ADMIN, Role.OPERATOR, Role.AUDITOR), "/admin/v1/backends/**", "/admin/v1/doctor");
        rules.allow(GET, Set.of(Role.AUDITOR, Role.ADMIN), "/admin/v1/audit/**", "/log/tile/entries/**");
        rules.allow(POST, Set.of(Role.ADMIN), "/admin/v1/audit/erasures");
        rules.allow(GET, ANY_ROLE, "/v3/api-docs", "/v3/api-docs.yaml");
        rules.allow(EVERY_METHOD, Set.of(Role.RECEIVER, Role.ADMIN), STREAMS);
        return rules.andNothingElse();
    }

    /** The first rule whose method and path a request has is the one that counts. */
    private static final class Rules {

        private final RequestMatcherDelegatingAuthorizationManager.Builder rules =
                RequestMatcherDelegatingAuthorizationManager.builder();

        void allow(Optional<HttpMethod> method, Collection<String> roles, String... paths) {
            PathPatternRequestMatcher.Builder path = PathPatternRequestMatcher.withDefaults();
            rules.requestMatchers(Arrays.stream(paths)
                            .map(pattern ->
                                    method.isEmpty() ? path.matcher(pattern) : path.matcher(method.get(), pattern))
                            .toArray(RequestMatcher[]::new))
                    .hasAnyAuthority(roles.toArray(String[]::new));
        }

        RequestMatcherDelegatingAuthorizationManager andNothingElse() {
            return rules.anyRequest().denyAll().build();
        }
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
