package io.errand.conformance.description;

import io.errand.api.PolledEvents;
import io.errand.api.SsfConfiguration;
import io.errand.api.StreamConfiguration;
import io.errand.api.StreamStatus;
import io.swagger.v3.oas.models.OpenAPI;
import java.util.List;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** The addresses of security events for the OpenAPI document: what is sent is read member by member, so no record shows it. */
@Component
@Order(1)
class SecurityEventsDescription implements GlobalOpenApiCustomizer {

    @Override
    public void customise(OpenAPI document) {
        Written.into(document, SecurityEventsDescription.class, "signals.openapi.yaml");
        List.of(SsfConfiguration.class, StreamConfiguration.class, StreamStatus.class, PolledEvents.class)
                .forEach(type -> Shapes.of(type, document.getComponents()));
    }
}
