package io.errand.broker.console;

import io.errand.broker.identity.admin.Role;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.outbound.Outbound;
import java.util.List;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.AuthorizeHttpRequestsConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.annotation.web.configurers.oauth2.client.OAuth2LoginConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.header.writers.CrossOriginOpenerPolicyHeaderWriter.CrossOriginOpenerPolicy;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;

/** Who may open which page: people who signed in at the administrators' issuer, with the roles that the API asks for too. */
@Configuration(proxyBeanMethods = false)
@Import(ConsoleSecurity.Chain.class)
class ConsoleSecurity {

    static final String FIRST_PAGE = "/console/approvals";
    static final String SIGNED_IN = "/console/signed-in";
    static final String SIGNED_OUT = "/console/signed-out";
    static final String SIGN_OUT = "/console/sign-out";

    /** Of {@code /console/sign-in/administrators}. */
    static final String SIGN_IN = "/console/sign-in";

    /** Nothing runs, nothing comes from elsewhere, nothing frames it, and no form goes elsewhere, not even by its answer. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; "
            + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /** A registrar looks at the setting at each start; a condition would have been decided when the image was built. */
    static final class Chain implements BeanRegistrar {

        @Override
        public void register(BeanRegistry registry, Environment environment) {
            if (environment.containsProperty(ConsoleProperties.CLIENT_ID)) {
                registry.registerBean(
                        "consoleChain",
                        SecurityFilterChain.class,
                        spec -> spec.order(5).supplier(ConsoleSecurity::chain));
            }
        }
    }

    private static SecurityFilterChain chain(BeanRegistry.SupplierContext beans) {
        beans.bean(ConsoleProperties.class)
                .client(beans.bean(ErrandProperties.class)); // wrong settings are told at the start
        Cookies cookies = beans.bean(Cookies.class);
        PageRefusals refusals = beans.bean(PageRefusals.class);
        return beans.bean(HttpSecurity.class)
                .securityMatcher("/console", "/console/**")
                .csrf(csrf -> csrf.csrfTokenRepository(cookies.csrf()))
                .sessionManagement(none -> none.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .headers(ConsoleSecurity::headers)
                .addFilterAfter(new PageFaults(beans.bean(ProblemPage.class)), HeaderWriterFilter.class)
                .addFilterBefore(
                        new SessionAuthenticationFilter(beans.bean(ConsoleSessions.class), cookies),
                        AuthorizationFilter.class)
                .oauth2Login(login -> signIn(
                        login,
                        beans.bean(Registration.class),
                        beans.bean(PendingSignIns.class),
                        beans.bean(SignIn.class),
                        beans.bean(Outbound.class)))
                .authorizeHttpRequests(ConsoleSecurity::rules)
                .exceptionHandling(
                        faults -> faults.authenticationEntryPoint(refusals).accessDeniedHandler(refusals))
                .build();
    }

    private static void headers(HeadersConfigurer<HttpSecurity> headers) {
        headers.contentSecurityPolicy(csp -> csp.policyDirectives(CONTENT_SECURITY_POLICY))
                .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.SAME_ORIGIN))
                .crossOriginOpenerPolicy(opener -> opener.policy(CrossOriginOpenerPolicy.SAME_ORIGIN));
    }

    private static void signIn(
            OAuth2LoginConfigurer<HttpSecurity> login,
            Registration registration,
            PendingSignIns pending,
            SignIn signIn,
            Outbound outbound) {
        login.clientRegistrationRepository(registration)
                .authorizedClientRepository(new NoTokensKept())
                .loginPage(SIGN_IN + "/" + Registration.ID)
                .authorizationEndpoint(begin -> begin.baseUri(SIGN_IN).authorizationRequestRepository(pending))
                .redirectionEndpoint(back -> back.baseUri(SIGNED_IN))
                .tokenEndpoint(token -> token.accessTokenResponseClient(CodeRedemption.client(outbound)))
                .successHandler(signIn)
                .failureHandler(signIn)
                .withObjectPostProcessor(new ObjectPostProcessor<OAuth2AuthorizationRequestRedirectFilter>() {
                    @Override
                    public <O extends OAuth2AuthorizationRequestRedirectFilter> O postProcess(O filter) {
                        filter.setAuthenticationFailureHandler(signIn);
                        return filter;
                    }
                });
    }

    private static void rules(
            AuthorizeHttpRequestsConfigurer<HttpSecurity>.AuthorizationManagerRequestMatcherRegistry requests) {
        for (HttpMethod look : List.of(HttpMethod.GET, HttpMethod.HEAD)) {
            requests.requestMatchers(look, Assets.PATH + "**", SIGNED_OUT)
                    .permitAll()
                    .requestMatchers(look, "/console/breakglass/new")
                    .hasAnyAuthority(Role.OF_OPERATORS.toArray(String[]::new))
                    .requestMatchers(look)
                    .hasAnyAuthority(Role.OF_PEOPLE.toArray(String[]::new));
        }
        requests.requestMatchers(HttpMethod.POST, SIGN_OUT)
                .permitAll()
                .requestMatchers(HttpMethod.POST, "/console/approvals/*")
                .hasAuthority(Role.APPROVER)
                .requestMatchers(HttpMethod.POST, "/console/breakglass", "/console/breakglass/*/*")
                .hasAnyAuthority(Role.OF_OPERATORS.toArray(String[]::new))
                .anyRequest()
                .denyAll();
    }
}
