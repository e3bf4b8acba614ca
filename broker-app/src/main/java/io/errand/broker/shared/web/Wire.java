package io.errand.broker.shared.web;

import io.errand.api.Json;
import io.errand.broker.shared.Problem;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.core.StandardHost;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.http.converter.autoconfigure.ServerHttpMessageConvertersCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import tools.jackson.databind.json.JsonMapper;

/** How bodies are read and written, and what the parts below Spring MVC answer. */
@Configuration(proxyBeanMethods = false)
class Wire {

    @Bean
    @Primary
    JsonMapper jsonMapper() {
        return Json.mapper()
                .rebuild()
                .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
                .build();
    }

    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    ServerHttpMessageConvertersCustomizer ourJson(JsonMapper mapper) {
        return converters -> converters.withJsonConverter(new StrictJson(mapper));
    }

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

    /** Reads {@code application/json} in UTF-8 (RFC 8259 §8.1) and nothing that only resembles it. */
    private static final class StrictJson extends JacksonJsonHttpMessageConverter {

        StrictJson(JsonMapper mapper) {
            super(mapper);
        }

        @Override
        public boolean canRead(ResolvableType type, @Nullable MediaType mediaType) {
            return mediaType != null
                    && mediaType.equalsTypeAndSubtype(MediaType.APPLICATION_JSON)
                    && (mediaType.getCharset() == null || StandardCharsets.UTF_8.equals(mediaType.getCharset()))
                    && super.canRead(type, mediaType);
        }
    }
}
