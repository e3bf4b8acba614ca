package io.errand.broker.shared.web;

import io.errand.broker.shared.Problem;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.web.firewall.RequestRejectedHandler;

/** What the parts below Spring MVC answer. */
@Configuration(proxyBeanMethods = false)
class BelowMvc {

    /** Paths that Spring Security's firewall rejects, before any chain. */
    @Bean
    RequestRejectedHandler rejectedRequests() {
        return (request, response, rejection) -> Problems.write(
                response,
                Problem.badRequest(
                        "The address, a header or a parameter has characters that are not allowed; see its form."));
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> serverErrors() {
        return factory -> factory.addContextCustomizers(context -> {
            if (context.getParent() instanceof StandardHost host) {
                host.setErrorReportValveClass(ServerErrors.class.getName());
            }
        });
    }
}
