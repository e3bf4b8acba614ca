package io.errand.broker.shared.web;

import io.errand.api.Json;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import tools.jackson.databind.json.JsonMapper;

/** Controllers read and write JSON as {@link Json} does. */
@Configuration(proxyBeanMethods = false)
class WireFormat {

    /** The mix-in puts a problem's further members beside its own (RFC 9457 §3.2). */
    @Bean
    JsonMapper jsonMapper() {
        return Json.mapper()
                .rebuild()
                .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
                .build();
    }
}
