package io.errand.broker.shared.web;

import io.errand.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.http.converter.autoconfigure.ServerHttpMessageConvertersCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import tools.jackson.databind.json.JsonMapper;

/** Controllers read and write JSON as {@link Json} does. */
@Configuration(proxyBeanMethods = false)
class WireFormat {

    private static final List<MediaType> OTHERS = MediaType.parseMediaTypes(
            "application/json, application/yaml, application/xml, application/cbor, application/x-jackson-smile");

    /** The mix-in puts a problem's further members beside its own (RFC 9457 §3.2). */
    @Bean
    JsonMapper jsonMapper() {
        return Json.mapper()
                .rebuild()
                .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
                .build();
    }

    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    ServerHttpMessageConvertersCustomizer strictJson(JsonMapper mapper) {
        return converters -> converters
                .withJsonConverter(new StrictJson(mapper))
                // Libraries on the class path bring converters with them, and the wire is JSON alone.
                .configureMessageConvertersList(all -> all.removeIf(WireFormat::isAnotherFormat));
    }

    private static boolean isAnotherFormat(HttpMessageConverter<?> converter) {
        return !(converter instanceof StrictJson)
                && OTHERS.stream().anyMatch(format -> converter.canRead(Map.class, format));
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
