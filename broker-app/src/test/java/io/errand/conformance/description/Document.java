package io.errand.conformance.description;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.errand.broker.shared.Names;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.core.jackson.TypeNameResolver;
import io.swagger.v3.core.util.Json;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.providers.ObjectMapperProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What stands at the top of the document, and how records become schemas. */
@Configuration(proxyBeanMethods = false)
class Document {

    static final String ADMINISTRATOR = "administrator";
    static final String TASK_TOKEN = "task_token";
    static final String GATEWAY = "gateway";
    static final String WORKLOAD = "workload";

    private static final String ABOUT = """
            A just-in-time credential broker for AI agents.

            Limits: a JSON document has at most 64 KiB (policies and issuers: 1 MiB), 32 levels, no member twice and none that is \
            not described here; a form has at most 64 KiB and 100 parameters. A token has at most 16 KiB. Pages have at most 500 \
            items (the audit log: 1000). Times are RFC 3339 in UTC, durations ISO 8601 in days at most. Errors under /oauth2 are \
            those of RFC 6749 section 5.2, all others problems of RFC 9457.

            A directory pushes users and groups to /scim/v2 by SCIM 2.0, which describes itself there (RFC 7643: Schemas, \
            ResourceTypes, ServiceProviderConfig), with a bearer that POST /admin/v1/directory/tokens makes.
            """;

    @Bean
    OpenAPI description() {
        return new OpenAPI()
                .info(new Info().title("Errand").version("v1").description(ABOUT))
                .servers(List.of(new Server().url("/").description("This service.")))
                .components(new Components()
                        .addSecuritySchemes(
                                ADMINISTRATOR,
                                bearer("A token of the administrators' issuer with this service's /admin audience."))
                        .addSecuritySchemes(
                                TASK_TOKEN,
                                bearer(
                                        "The task token that the token endpoint gave as access_token, or as task_token."))
                        .addSecuritySchemes(WORKLOAD, bearer("An agent's own workload token."))
                        .addSecuritySchemes(
                                GATEWAY, bearer("A token of the administrators' issuer with the role errand.pep."))
                        .addSecuritySchemes(
                                "caller",
                                bearer("A workload's own token, or an administrator's (RFC 7662 section 2.1).")));
    }

    private static SecurityScheme bearer(String description) {
        return new SecurityScheme()
                .type(SecurityScheme.Type.HTTP)
                .scheme("bearer")
                .bearerFormat("JWT")
                .description(description);
    }

    /** Members as {@link io.errand.api.Json} names them. */
    @Bean
    ModelResolver wireNames(ObjectMapperProvider provider) {
        ModelResolver resolver = new ModelResolver(
                provider.jsonMapper().copy().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE),
                new NestedNames());
        resolver.setOpenapi31(provider.isOpenapi31());
        return resolver;
    }

    @Bean
    ModelConverter wireTypes() {
        return new WireTypes();
    }

    /** Two records may each have a {@code Context}: the name of the outer one stands before it. */
    private static final class NestedNames extends TypeNameResolver {

        @Override
        protected String getNameOfClass(Class<?> type) {
            Class<?> outer = type.getEnclosingClass();
            return outer == null ? super.getNameOfClass(type) : getNameOfClass(outer) + type.getSimpleName();
        }
    }

    private static final class WireTypes implements ModelConverter {

        @Override
        public @Nullable Schema<?> resolve(
                AnnotatedType type, ModelConverterContext context, Iterator<ModelConverter> chain) {
            JavaType java = Json.mapper().constructType(type.getType());
            if (java != null && java.hasRawClass(Duration.class)) {
                return Shapes.text("duration", "PT5M");
            }
            Schema<?> schema = chain.hasNext() ? chain.next().resolve(type, context, chain) : null;
            if (java != null && schema != null && java.getRawClass().isRecord()) {
                Schema<?> defined = schema.get$ref() == null
                        ? schema
                        : context.getDefinedModels()
                                .get(schema.get$ref().substring(schema.get$ref().lastIndexOf('/') + 1));
                if (defined != null) {
                    Shapes.close(java.getRawClass(), defined);
                }
            }
            return schema;
        }
    }

    /** The rule of names, as a pattern. */
    static Schema<?> name() {
        Schema<?> schema = Shapes.text("name", "orders-db");
        schema.setFormat(null);
        schema.setPattern(Names.PATTERN);
        schema.setMaxLength(63);
        return schema;
    }
}
