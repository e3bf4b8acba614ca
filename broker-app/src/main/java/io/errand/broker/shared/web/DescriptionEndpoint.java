package io.errand.broker.shared.web;

import io.errand.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/** The OpenAPI 3.1 document, for administrators of any role: {@code docs/openapi.yaml} as it is, and the same as JSON. */
@RestController
class DescriptionEndpoint {

    @GetMapping(value = "/v3/api-docs.yaml", produces = "application/vnd.oai.openapi")
    byte[] yaml() throws IOException {
        try (InputStream file = Objects.requireNonNull(DescriptionEndpoint.class.getResourceAsStream("openapi.yaml"))) {
            return file.readAllBytes();
        }
    }

    @GetMapping(value = "/v3/api-docs", produces = MediaType.APPLICATION_JSON_VALUE)
    byte[] json() throws IOException {
        LoaderOptions options = new LoaderOptions();
        Object document = new Yaml(
                        new SafeConstructor(options),
                        new Representer(new DumperOptions()),
                        new DumperOptions(),
                        options,
                        new JsonTypes())
                .load(new String(yaml(), StandardCharsets.UTF_8));
        return Json.mapper().writeValueAsBytes(document);
    }

    /** YAML 1.2's JSON schema, which OpenAPI 3.1 names: a time is text, and so are yes, on and 1_000. */
    private static final class JsonTypes extends Resolver {

        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.NULL, Pattern.compile("null"), "n");
            addImplicitResolver(Tag.BOOL, Pattern.compile("true|false"), "tf");
            addImplicitResolver(Tag.INT, Pattern.compile("-?(0|[1-9][0-9]*)"), "-0123456789");
            addImplicitResolver(Tag.FLOAT, Pattern.compile("-?(0|[1-9][0-9]*)\\.[0-9]+"), "-0123456789");
        }
    }
}
