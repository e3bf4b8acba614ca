package io.errand.conformance.description;

import io.errand.api.EvaluationAnswer;
import io.errand.api.EvaluationsAnswer;
import io.swagger.v3.oas.models.OpenAPI;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** AuthZEN's addresses for the OpenAPI document: a payload is read member by member, so no record shows it. */
@Component
@Order(1)
class EvaluationDescription implements GlobalOpenApiCustomizer {

    @Override
    public void customise(OpenAPI document) {
        Written.into(document, EvaluationDescription.class, "authzen.openapi.yaml");
        Shapes.of(EvaluationAnswer.class, document.getComponents());
        Shapes.of(EvaluationsAnswer.class, document.getComponents());
    }
}
