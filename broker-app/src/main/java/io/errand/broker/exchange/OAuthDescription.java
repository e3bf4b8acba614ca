package io.errand.broker.exchange;

import io.errand.api.TaskDeclaration;
import io.errand.api.TokenResponse;
import io.errand.broker.shared.openapi.Shapes;
import io.swagger.v3.core.util.Yaml31;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * The addresses that OAuth's own filters answer, or whose forms no signature shows, for the OpenAPI document: they are written out in
 * {@code oauth.openapi.yaml}, and stand in the place of what was guessed from signatures.
 */
@Component
@Order(1)
class OAuthDescription implements GlobalOpenApiCustomizer {

    private static final String FILE = "oauth.openapi.yaml";

    @Override
    public void customise(OpenAPI document) {
        OpenAPI ours = read();
        Components components = document.getComponents();
        ours.getPaths().forEach(document.getPaths()::addPathItem);
        ours.getComponents().getSchemas().forEach(components::addSchemas);
        ours.getComponents().getResponses().forEach(components::addResponses);
        ours.getComponents().getHeaders().forEach(components::addHeaders);
        Shapes.of(TokenResponse.class, components);
        Shapes.of(TaskDeclaration.class, components);
    }

    private static OpenAPI read() {
        try (InputStream file = Objects.requireNonNull(OAuthDescription.class.getResourceAsStream(FILE), FILE)) {
            return Yaml31.mapper().readValue(file, OpenAPI.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
