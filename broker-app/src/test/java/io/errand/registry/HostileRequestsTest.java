package io.errand.registry;

import static io.errand.registry.AgentsTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.errand.registry.Admin.Answer;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.env.Environment;

/** Whatever is sent: a problem that says what to do, nothing of ours inside it, and the next good request works. */
@RegistryTest
class HostileRequestsTest {

    private static final String NAME = "/admin/v1/agents/hostile";
    private static final String[] JSON = {"Content-Type", "application/json"};

    @Autowired
    private Environment environment;

    private Admin admin;

    @BeforeEach
    void setUp() {
        admin = new Admin(environment);
    }

    @AfterEach
    void nothingWasStoredAndTheNextGoodRequestWorks() {
        assertThat(admin.get(NAME).status()).isEqualTo(404);
        assertThat(admin.get("/admin/v1/agents?limit=1").status()).isEqualTo(200);
    }

    static Stream<Arguments> bodies() {
        return Stream.of(
                Arguments.of("{\"owner\": \"hunter2\", \"owner\": \"b\"}", "invalid-member", "owner"),
                Arguments.of("{\"tools\": [{\"tool\": \"a\", \"tool\": \"b\"}]}", "invalid-member", "tools[0].tool"),
                Arguments.of("{\"nonsense\": \"hunter2\"}", "invalid-member", "nonsense"),
                Arguments.of("{\"owner\": \"hunter2\\u0000\"}", "invalid-member", "owner"),
                Arguments.of("{\"owner\": \"hunter2\\ud800\"}", "invalid-member", "owner"),
                Arguments.of("{\"owner\": 5}", "invalid-member", "owner"),
                Arguments.of("{\"owner\": {\"a\": \"hunter2\"}}", "invalid-member", "owner"),
                Arguments.of("{\"tools\": \"hunter2\"}", "invalid-member", "tools"),
                Arguments.of("{\"tools\": [\"hunter2\"]}", "invalid-member", "tools[0]"),
                Arguments.of("{\"max_live_leases\": \"hunter2\"}", "invalid-member", "max_live_leases"),
                Arguments.of("{\"max_live_leases\": 99999999999}", "invalid-member", "max_live_leases"),
                Arguments.of("{\"max_ttl\": \"hunter2\"}", "invalid-member", "max_ttl"),
                Arguments.of("{\"max_live_leases\": " + "9".repeat(101) + "}", "invalid-request", ""),
                Arguments.of("", "invalid-request", ""),
                Arguments.of("null", "invalid-request", ""),
                Arguments.of("[]", "invalid-request", ""),
                Arguments.of("\"hunter2\"", "invalid-request", ""),
                Arguments.of("{\"owner\": \"hunter2\"", "invalid-request", ""),
                Arguments.of("{owner: 'hunter2'}", "invalid-request", ""),
                Arguments.of("hunter2", "invalid-request", ""),
                Arguments.of("{} {}", "invalid-request", ""));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void anUnreadableBodyIsExplained(String body, String type, String member) {
        Answer refused = admin.put(NAME, body);

        assertProblem(refused, 400, type);
        assertThat(refused.text()).doesNotContain("hunter2");
        assertThat(refused.json().path("member").asString("")).isEqualTo(member);
    }

    @Test
    void nestingHasALimit() {
        Answer deep = admin.put(
                "/admin/v1/tools/hostile",
                An.tool("{}").replaceFirst("}$", ", \"config\": {\"deep\": " + nested(31) + "}}"));
        Answer deepest =
                admin.put("/admin/v1/tools/nested", An.tool("{\"config\": {\"deep\": %s}}".formatted(nested(30))));

        assertProblem(deep, 400, "invalid-request");
        assertThat(deepest.status()).isEqualTo(201);
    }

    @Test
    void aNulInTheNameOfAMemberIsNoText() {
        Answer refused =
                admin.put("/admin/v1/tools/nul", An.tool("{\"config\": {\"target\": \"orders\", \"de\\u0000ep\": 1}}"));

        assertProblem(refused, 400, "invalid-member");
        assertThat(refused.json().path("detail").asString()).contains("NUL");
        assertThat(admin.get("/admin/v1/tools/nul").status()).isEqualTo(404);
    }

    private static String nested(int levels) {
        return "[".repeat(levels) + "]".repeat(levels);
    }

    @Test
    void aSyntaxErrorHasItsLineAndColumn() {
        Answer refused = admin.put(NAME, "{\n  \"owner\": oops\n}");

        assertThat(refused.json().get("line").intValue()).isEqualTo(2);
        assertThat(refused.json().get("column").intValue()).isPositive();
    }

    @Test
    void brokenUtf8IsRefused() {
        for (byte[] bad : List.of(new byte[] {(byte) 0xff}, new byte[] {(byte) 0xc0, (byte) 0x80}, new byte[] {
            (byte) 0xed, (byte) 0xa0, (byte) 0x80
        })) {
            byte[] start = "{\"owner\": \"a".getBytes(StandardCharsets.UTF_8);
            byte[] end = "\"}".getBytes(StandardCharsets.UTF_8);
            var body = BodyPublishers.concat(
                    BodyPublishers.ofByteArray(start),
                    BodyPublishers.ofByteArray(bad),
                    BodyPublishers.ofByteArray(end));

            Answer refused = admin.send("PUT", NAME, body, JSON);

            assertThat(refused.status()).as(refused.text()).isEqualTo(400);
            assertThat(refused.header("Content-Type")).startsWith("application/problem+json");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/yaml",
                "application/merge-patch+json",
                "application/json;charset=UTF-16",
                "nonsense"
            })
    void anotherMediaTypeIsRefused(String type) {
        Answer refused = admin.send("PUT", NAME, BodyPublishers.ofString(An.agent("hostile")), "Content-Type", type);

        assertProblem(refused, 415, "unsupported-media-type");
    }

    @ParameterizedTest
    @CsvSource({
        "/admin/v1/agents/hostile, 65537",
        "/admin/v1/tools/hostile, 1000000",
        "/admin/v1/issuers/hostile, 1048577",
        "/admin/v1/policies/hostile, 1048577"
    })
    void aBodyOverItsLimitIsRefusedWhateverItSaysOfItself(String path, int bytes) {
        byte[] body = ("{\"owner\": \"" + "a".repeat(bytes - 13) + "\"}").getBytes(StandardCharsets.UTF_8);

        Answer announced = admin.send("PUT", path, BodyPublishers.ofByteArray(body), JSON);
        assertProblem(announced, 400, "body-too-large");
        if (path.equals("/admin/v1/agents/hostile")) {
            Answer chunked =
                    admin.send("PUT", path, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)), JSON);
            assertProblem(chunked, 400, "body-too-large");
        }
    }

    @Test
    void aBodyAtItsLimitIsRead() {
        byte[] body = ("{\"owner\": \"" + "a".repeat((64 << 10) - 13) + "\"}").getBytes(StandardCharsets.UTF_8);

        assertThat(body).hasSize(64 << 10);
        assertProblem(admin.send("PUT", NAME, BodyPublishers.ofByteArray(body), JSON), 400, "invalid-member");
        assertProblem(
                admin.send("PUT", NAME, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)), JSON),
                400,
                "invalid-member");
    }

    @Test
    void aFormOverItsLimitIsAnOauthErrorAtTheTokenEndpoint() {
        byte[] form = ("a=" + "b".repeat(64 << 10)).getBytes(StandardCharsets.UTF_8);
        String[] type = {"Content-Type", "application/x-www-form-urlencoded"};

        Answer refused = admin.send("POST", "/oauth2/token", BodyPublishers.ofByteArray(form), type);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().get("error").stringValue()).isEqualTo("invalid_request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a%2Fb",
                "a%2fb",
                "..",
                "%2e%2e",
                "a/../b/..;/c",
                "a;b",
                "a%00b",
                "a%5Cb",
                "a%0Ab",
                "A",
                "-a",
                "a..b",
                "%F0%9F%A6%80",
                "%ff%fe",
                "a%20b",
                "a/b"
            })
    void aNameThatIsNoneIsRefused(String name) {
        for (String path : List.of("/admin/v1/agents/" + name, "/admin/v1/tools/" + name)) {
            assertRefused(admin.put(path, An.agent("hostile")));
            assertRefused(admin.get(path));
            assertRefused(admin.delete(path));
        }
    }

    @Test
    void aNameOfAThousandCharactersIsRefused() {
        assertProblem(admin.put("/admin/v1/agents/" + "a".repeat(1000), An.agent("hostile")), 400, "invalid-member");
        assertProblem(admin.get("/admin/v1/agents/" + "a".repeat(1000)), 404, "not-found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /admin/v1/agents/a|b HTTP/1.1",
                "GET /admin/v1/agents/a\\b HTTP/1.1",
                "GET /admin/v1/agents/<script> HTTP/1.1",
                "GET /admin/v1/agents/%zz HTTP/1.1",
                "GET /admin/v1/agents/%2f HTTP/1.1",
                "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1",
                "GET /../../etc/passwd HTTP/1.1",
                "G{T /admin/v1/agents HTTP/1.1",
                "GET /admin/v1/agents HTTP/9.9",
                "nonsense"
            })
    void aMalformedRequestIsAnsweredWithoutHtml(String requestLine) {
        String answer = admin.raw(requestLine);

        assertThat(answer)
                .matches("(?s)HTTP/1.1 (400|404|505) .*")
                .doesNotContainIgnoringCase("<html", "<script", "tomcat", "exception");
    }

    @Test
    void whatIsNotThereIsAProblem() {
        assertProblem(admin.get("/nowhere"), 404, "not-found");
        assertProblem(admin.get("/error"), 404, "not-found");
        assertProblem(admin.get(NAME, "Accept", "text/html"), 404, "not-found");
    }

    @Test
    void aMethodThatIsNotAllowedIsAProblemThatNamesThoseThatAre() {
        Answer refused = admin.send("PATCH", NAME, BodyPublishers.ofString("{}"), JSON);

        assertProblem(refused, 405, "method-not-allowed");
        assertThat(refused.header("Allow")).contains("PUT");
    }

    @Test
    void aParameterOfAnotherTypeIsNamed() {
        Answer refused = admin.delete(NAME + "?revoke=perhaps");

        assertProblem(refused, 400, "invalid-request");
        assertThat(refused.text()).contains("revoke").doesNotContain("perhaps");
    }

    private static void assertRefused(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isIn(400, 404);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.text()).doesNotContain("Exception", "io.errand");
    }
}
