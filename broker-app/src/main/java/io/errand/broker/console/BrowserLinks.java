package io.errand.broker.console;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** The address of an approval that agents and webhooks hand on is the API's; a browser that follows it is led to the page. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("errand.console.client-id")
class BrowserLinks {

    private static final RequestMatcher APPROVAL =
            PathPatternRequestMatcher.withDefaults().matcher(HttpMethod.GET, "/admin/v1/approvals/{id:[0-9a-f-]{36}}");

    @Bean
    @Order(6)
    SecurityFilterChain browserLinkChain(HttpSecurity http) throws Exception {
        return http.securityMatcher(request -> APPROVAL.matches(request)
                        && request.getHeader(HttpHeaders.AUTHORIZATION) == null
                        && String.valueOf(request.getHeader(HttpHeaders.ACCEPT)).startsWith("text/html"))
                .authorizeHttpRequests(requests -> requests.anyRequest().denyAll())
                .exceptionHandling(faults -> faults.authenticationEntryPoint((request, response, e) -> {
                    String uri = request.getRequestURI();
                    response.setStatus(HttpStatus.SEE_OTHER.value());
                    response.setHeader(
                            HttpHeaders.LOCATION, "/console/approvals/" + uri.substring(uri.lastIndexOf('/') + 1));
                }))
                .build();
    }
}
