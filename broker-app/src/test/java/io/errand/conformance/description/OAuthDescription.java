package io.errand.conformance.description;

import io.errand.api.TaskDeclaration;
import io.errand.api.TokenResponse;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
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

    @Override
    public void customise(OpenAPI document) {
        Components components = document.getComponents();
        Written.into(document, OAuthDescription.class, "oauth.openapi.yaml");
        Shapes.of(TokenResponse.class, components);
        Shapes.of(TaskDeclaration.class, components);
    }
}
