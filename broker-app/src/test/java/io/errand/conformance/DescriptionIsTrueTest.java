package io.errand.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.conformance.description.MadeFromControllers;
import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.Wire;
import io.swagger.v3.core.util.Yaml31;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.springdoc.webmvc.api.OpenApiWebMvcResource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.mock.web.MockHttpServletRequest;
import tools.jackson.databind.JsonNode;

/** {@code docs/openapi.yaml}, which the service serves, is what its controllers do. {@code -Derrand.openapi=write} writes it. */
@BrokerTest
@MadeFromControllers
class DescriptionIsTrueTest {

    private static final Path COPY = Path.of("../docs/openapi.yaml");

    private final Wire wire;

    private final OpenApiWebMvcResource controllers;

    DescriptionIsTrueTest(@LocalServerPort int port, @Autowired OpenApiWebMvcResource controllers) {
        this.controllers = controllers;
        wire = Wire.at(port).as(Admins.token("errand.auditor"));
    }

    @Test
    void theDocumentIsWhatTheControllersDo() throws IOException {
        String made = new String(
                controllers.openapiYaml(
                        new MockHttpServletRequest("GET", MadeFromControllers.PATH),
                        MadeFromControllers.PATH,
                        Locale.ROOT),
                StandardCharsets.UTF_8);

        if ("write".equals(System.getProperty("errand.openapi"))) {
            Files.writeString(COPY, made);
        }

        assertThat(made)
                .as("run this test with -Derrand.openapi=write, and look at what changed")
                .isEqualTo(Files.readString(COPY));
    }

    @Test
    void itIsServedAsItStandsAndAsJson() throws IOException {
        assertThat(wire.get("/v3/api-docs.yaml").text()).isEqualTo(Files.readString(COPY));
        assertThat(wire.get("/v3/api-docs").json())
                .isEqualTo(Json.mapper()
                        .readTree(Yaml31.mapper().readTree(COPY.toFile()).toString()));
    }

    @Test
    void strangersAndAgentsAreNotShownIt() {
        for (String path : List.of("/v3/api-docs", "/v3/api-docs.yaml")) {
            assertThat(wire.as(null).get(path).status()).as(path).isEqualTo(401);
            assertThat(wire.as(Admins.token("errand.pep")).get(path).status())
                    .as(path)
                    .isEqualTo(403);
        }
        assertThat(wire.get("/v3/api-docs/swagger-config").status()).isIn(403, 404);
    }

    @Test
    void everyOperationSaysWhatItAnswersAndRefuses() {
        JsonNode document = wire.get("/v3/api-docs").json();
        List<String> silent = new ArrayList<>();

        document.path("paths")
                .forEachEntry((path, item) -> item.forEachEntry((method, operation) -> {
                    JsonNode answers = operation.path("responses");
                    boolean good = answers.propertyNames().stream().anyMatch(status -> status.startsWith("2"));
                    boolean guessed = answers.has("default")
                            || operation.path("operationId").isMissingNode();
                    if (!good || guessed) {
                        silent.add(method + " " + path);
                    }
                }));

        assertThat(silent).as("annotate these methods with @Answers").isEmpty();
        assertThat(document.path("paths").size()).isGreaterThan(20);
    }

    @Test
    void whatIsUnderAdminAndV1AsksForAToken() {
        JsonNode document = wire.get("/v3/api-docs").json();
        List<String> open = new ArrayList<>();

        document.path("paths")
                .forEachEntry((path, item) -> item.forEachEntry((method, operation) -> {
                    boolean guarded = path.startsWith("/admin/") || path.startsWith("/v1/");
                    if (guarded
                            && (operation.path("security").isEmpty()
                                    || !operation.path("responses").has("401"))) {
                        open.add(method + " " + path);
                    }
                }));

        assertThat(open).isEmpty();
    }
}
