package io.errand.conformance.description;

import io.errand.api.Page;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.StoredResources;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.condition.NameValueExpression;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * Gives each operation what it answers: what its method says ({@link Answers}, or a registry's four), and the refusals that every
 * address of its kind knows. An operation of which nothing is said keeps no good answer at all, which a test finds.
 */
@Component
@Order(0)
class Operations implements GlobalOpenApiCustomizer {

    private final ObjectProvider<RequestMappingHandlerMapping> mappings;

    Operations(ObjectProvider<RequestMappingHandlerMapping> mappings) {
        this.mappings = mappings;
    }

    @Override
    public void customise(OpenAPI document) {
        Refusals.define(document.getComponents());
        for (RequestMappingHandlerMapping mapping : mappings) {
            mapping.getHandlerMethods().forEach((info, method) -> {
                // Two methods of one address, told apart by a parameter, are one operation: the plain one speaks for
                // both.
                if (info.getParamsCondition().isEmpty()) {
                    each(
                            document,
                            info,
                            (address, operation) -> describe(address, operation, method, document.getComponents()));
                } else {
                    each(document, info, (address, operation) -> canDoWithout(info, operation));
                }
            });
        }
    }

    private static void canDoWithout(RequestMappingInfo info, Operation operation) {
        List<String> telling = info.getParamsCondition().getExpressions().stream()
                .map(NameValueExpression::getName)
                .toList();
        operation.getParameters().stream()
                .filter(parameter -> telling.contains(parameter.getName()))
                .forEach(parameter -> parameter.setRequired(false));
    }

    private static void each(OpenAPI document, RequestMappingInfo info, BiConsumer<Address, Operation> to) {
        for (String path : info.getPatternValues()) {
            PathItem item = document.getPaths().get(path);
            for (RequestMethod verb : info.getMethodsCondition().getMethods()) {
                Operation operation =
                        item == null ? null : item.readOperationsMap().get(PathItem.HttpMethod.valueOf(verb.name()));
                if (operation != null) {
                    to.accept(new Address(path, verb.name()), operation);
                }
            }
        }
    }

    private static void describe(Address address, Operation operation, HandlerMethod method, Components components) {
        operation.setOperationId(address.operationId());
        operation.setTags(List.of(address.tag()));
        ApiResponses answers = new ApiResponses();
        resource(method)
                .map(type -> ofResource(address, type, components))
                .orElseGet(() -> said(method, components))
                .forEach(answers::addApiResponse);
        address.security().forEach(scheme -> operation.addSecurityItem(new SecurityRequirement().addList(scheme)));
        boolean reads = operation.getRequestBody() != null;
        Answers said = method.getMethodAnnotation(Answers.class);
        Refusals.of(address, reads, said == null ? new int[0] : said.refusals()).forEach(answers::addApiResponse);
        operation.setResponses(answers);
        if (operation.getParameters() != null) {
            operation.getParameters().forEach(Operations::bound);
        }
    }

    /** The type of a registry's resource. */
    private static Optional<Type> resource(HandlerMethod method) {
        return StoredResources.class.isAssignableFrom(method.getBeanType())
                        && !method.hasMethodAnnotation(Answers.class)
                ? Optional.of(ResolvableType.forClass(method.getBeanType())
                        .as(StoredResources.class)
                        .getGeneric(0)
                        .getType())
                : Optional.empty();
    }

    private static Map<String, ApiResponse> ofResource(Address address, Type type, Components components) {
        return switch (address.method()) {
            case "PUT" ->
                Map.of(
                        "200", Refusals.versioned("It was replaced.", Shapes.of(type, components)),
                        "201", Refusals.versioned("It was created.", Shapes.of(type, components)));
            case "DELETE" -> Map.of("204", new ApiResponse().description("It is gone."));
            default ->
                address.isOfOne()
                        ? Map.of("200", Refusals.versioned("It is this.", Shapes.of(type, components)))
                        : Map.of("200", Refusals.json("A page, by name.", Shapes.of(pageOf(type), components)));
        };
    }

    private static Map<String, ApiResponse> said(HandlerMethod method, Components components) {
        Answers said = method.getMethodAnnotation(Answers.class);
        if (said == null) {
            return Map.of();
        }
        Map<String, ApiResponse> answers = new TreeMap<>();
        for (int status : said.status()) {
            answers.put(Integer.toString(status), answer(said, status, components));
        }
        return answers;
    }

    private static ApiResponse answer(Answers said, int status, Components components) {
        String description = status == 202 ? "It was accepted, and goes on." : "It was done.";
        if (said.value() == Void.class) {
            return new ApiResponse().description(description);
        }
        if (!said.type().equals("application/json")) {
            return new ApiResponse()
                    .description(description)
                    .content(new Content().addMediaType(said.type(), new MediaType().schema(new StringSchema())));
        }
        Type type = said.page() ? pageOf(said.value()) : said.value();
        return Refusals.json(description, Shapes.of(type, components));
    }

    private static Type pageOf(Type type) {
        return ResolvableType.forClassWithGenerics(Page.class, ResolvableType.forType(type))
                .getType();
    }

    private static void bound(Parameter parameter) {
        switch (parameter.getName()) {
            case "name" -> parameter.setSchema(Document.name());
            case "limit" -> parameter.getSchema().setMinimum(BigDecimal.ONE);
            default -> {}
        }
    }

    /** Where and how. */
    record Address(String path, String method) {

        boolean isOfOne() {
            return path.endsWith("}");
        }

        boolean isOfAdministrators() {
            return path.startsWith("/admin/");
        }

        /** Any one of these. */
        List<String> security() {
            if (path.startsWith("/v1/decisions/")) {
                return List.of(Document.TASK_TOKEN, Document.GATEWAY);
            }
            if (path.equals("/v1/agent")) {
                return List.of(Document.WORKLOAD);
            }
            return isOfAdministrators()
                    ? List.of(Document.ADMINISTRATOR)
                    : path.startsWith("/v1/") ? List.of(Document.TASK_TOKEN) : List.of();
        }

        String tag() {
            if (path.startsWith("/log/")) {
                return "log";
            }
            return isOfAdministrators() ? "administration" : path.startsWith("/v1/") ? "tasks" : "oauth";
        }

        String operationId() {
            return method.toLowerCase(Locale.ROOT) + path.replaceAll("[{}]", "").replaceAll("[^A-Za-z0-9]+", "_");
        }
    }
}
