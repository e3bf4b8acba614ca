package io.errand.broker.console;

import io.errand.broker.shared.web.StatelessChain;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** The address of an approval that agents and webhooks hand on is the API's; a browser that follows it is led to the page. */
@Configuration(proxyBeanMethods = false)
@Import(BrowserLinks.Chain.class)
class BrowserLinks {

    /** A registrar looks at the setting at each start; a condition would have been decided when the image was built. */
    static final class Chain implements BeanRegistrar {

        @Override
        public void register(BeanRegistry registry, Environment environment) {
            if (environment.containsProperty(ConsoleProperties.CLIENT_ID)) {
                registry.registerBean(
                        "browserLinkChain",
                        SecurityFilterChain.class,
                        spec -> spec.order(6).supplier(beans -> chain()));
            }
        }
    }

    private static final RequestMatcher APPROVAL =
            PathPatternRequestMatcher.withDefaults().matcher(HttpMethod.GET, "/admin/v1/approvals/{id:[0-9a-f-]{36}}");

    private static SecurityFilterChain chain() {
        return StatelessChain.of(request -> APPROVAL.matches(request)
                        && request.getHeader(HttpHeaders.AUTHORIZATION) == null
                        && String.valueOf(request.getHeader(HttpHeaders.ACCEPT)).startsWith("text/html"))
                .filters((request, response, next) ->
                        lead(((HttpServletRequest) request).getRequestURI(), (HttpServletResponse) response))
                .build();
    }

    private static void lead(String uri, HttpServletResponse response) {
        response.setStatus(HttpStatus.SEE_OTHER.value());
        response.setHeader(HttpHeaders.LOCATION, "/console/approvals/" + uri.substring(uri.lastIndexOf('/') + 1));
    }
}
