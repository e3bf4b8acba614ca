package io.errand.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.policy.PolicyAdmin.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The starter policies are accepted, say what they answer, and decide as their own tests say. */
@PolicyTest
class PolicyLibraryTest {

    private static final Path LIBRARY = Path.of("../examples/policies");

    private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

    @Autowired
    private PolicyAdmin admin;

    static List<Path> tests() throws IOException {
        return files(".test.yaml");
    }

    static List<Path> policies() throws IOException {
        return files(".cedar");
    }

    @ParameterizedTest
    @MethodSource("tests")
    void decidesAsItsTestsSay(Path test) throws IOException {
        ObjectNode request = Json.mapper()
                .valueToTree(new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(test)));
        JsonNode listed = request.remove("policies");
        StringBuilder cedar = new StringBuilder();
        List<String> names = listed == null
                ? List.of(test.getFileName().toString().replace(".test.yaml", ".cedar"))
                : listed.values().stream().map(JsonNode::asString).toList();
        for (String name : names) {
            cedar.append(Files.readString(LIBRARY.resolve(name)));
        }
        request.put("cedar", cedar.toString());

        Answer answer = admin.post("/test", Json.mapper().convertValue(request, MEMBERS));

        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        assertThat(answer.body().path("results"))
                .allSatisfy(result -> assertThat(result.path("passed").asBoolean())
                        .as("%s: %s", result.path("name"), result.path("mismatch"))
                        .isTrue());
    }

    @ParameterizedTest
    @MethodSource("policies")
    void itsHeadNamesWhatItAnswers(Path policy) throws IOException {
        String head = Files.readString(policy)
                .lines()
                .takeWhile(line -> line.startsWith("//"))
                .reduce("", String::concat);

        assertThat(head)
                .contains("OWASP Agentic", "OWASP NHI", "CSA MAESTRO layer")
                .containsPattern("ASI[0-9]{2}");
    }

    @Test
    void everyPolicyFileIsTested() throws IOException {
        assertThat(policies())
                .extracting(path -> path.getFileName().toString().replace(".cedar", ""))
                .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                Stream.of("allow-all"),
                                tests().stream()
                                        .map(path ->
                                                path.getFileName().toString().replace(".test.yaml", "")))
                        .toList());
    }

    private static List<Path> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.list(LIBRARY)) {
            return all.filter(path -> path.toString().endsWith(suffix)).sorted().toList();
        }
    }
}
