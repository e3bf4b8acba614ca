package io.errand.broker.credential.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.http.HttpTargetProperties.HttpTarget;
import io.errand.broker.shared.doctor.Diagnostic;
import io.errand.testing.BrokerTest;
import io.errand.testing.OperatorsService;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** Credentials of a service of the operator's: the same promises as where the broker itself makes them. */
@BrokerTest
class HttpBackendTest {

    private static final AtomicReference<String> KEYS = new AtomicReference<>("{\"keys\":[]}");
    private static final OperatorsService SERVICE = new OperatorsService(KEYS::get);

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("repo");
    private final Scene scene;
    private final HttpBackend backend;
    private final HttpDiagnostic diagnostic;

    @Autowired
    HttpBackendTest(@LocalServerPort int port, HttpBackend backend, HttpDiagnostic diagnostic) {
        scene = new Scene(port);
        this.backend = backend;
        this.diagnostic = diagnostic;
        KEYS.set(scene.keys());
    }

    @DynamicPropertySource
    static void target(DynamicPropertyRegistry properties) {
        properties.add("errand.http-targets.code.url", SERVICE::url);
        properties.add("errand.http-targets.down.url", () -> "http://127.0.0.1:9");
        properties.add("errand.outbound.private-networks", () -> "127.0.0.0/8,::1/128");
    }

    @AfterAll
    static void stop() {
        SERVICE.close();
    }

    @BeforeEach
    void permitted() {
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void aCredentialLivesAsLongAsItsTask() {
        register(Map.of());
        JsonNode granted = exchange().json();
        JsonNode credential = granted.path("credentials").path(0);
        String lease = credential.path("lease_id").asString();

        assertThat(credential.path("type").asString()).isEqualTo("http");
        assertThat(credential.at("/data/username").asString()).isEqualTo("x-access-token");
        assertThat(credential.at("/data/token").asString()).isEqualTo("ghs_" + lease);
        assertThat(Instant.parse(credential.path("expires_at").asString()))
                .isBeforeOrEqualTo(Instant.now().plusSeconds(301));
        assertThat(SERVICE.live()).contains(lease);

        JsonNode ended = scene.complete(granted).json().at("/leases/0");

        assertThat(SERVICE.live()).doesNotContain(lease);
        assertThat(ended.path("state").asString()).isEqualTo("revoked");
        JsonNode receipt = scene.verified(ended.path("receipt").asString());
        assertThat(receipt.at("/evidence/kind").asString()).isEqualTo("absent");
        assertThat(receipt.at("/evidence/statement").asString()).endsWith("says: The API answers it with 401.");
        assertThat(receipt.has("offline")).isFalse();
        assertThat(SERVICE.calls()).containsSubsequence("issue " + lease, "destroy " + lease, "look " + lease);
        assertThat(SERVICE.strangers()).isEmpty();
        assertThat(scene.events("task=" + granted.at("/task/id").asString()).toString())
                .doesNotContain("ghs_");
    }

    /** Nobody knows whether it was made: it was, and it goes. */
    @ParameterizedTest
    @ValueSource(strings = {"lost", "garbage", "html", "error", "redirect", "twice"})
    void whatNobodyKnowsIsDestroyed(String fails) {
        register(Map.of("fails", fails));
        int before = SERVICE.live().size();

        Answer answer = exchange();

        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
        assertThat(answer.json().path("error").asString()).isEqualTo("temporarily_unavailable");
        assertThat(answer.text()).doesNotContain("secret", "Exception");
        await("what was made to go").until(() -> SERVICE.live().size() == before);
        assertThat(SERVICE.calls().stream()
                        .filter(call -> call.startsWith("issue"))
                        .distinct())
                .hasSameSizeAs(SERVICE.calls().stream()
                        .filter(call -> call.startsWith("issue"))
                        .toList());
    }

    @ParameterizedTest
    @CsvSource({"refused, 400, invalid_target", "busy, 503, temporarily_unavailable"})
    void whatIsRefusedIsNotMade(String fails, int status, String error) {
        register(Map.of("fails", fails));
        int before = SERVICE.live().size();

        Answer answer = exchange();

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.json().path("error").asString()).isEqualTo(error);
        assertThat(SERVICE.live()).hasSize(before);
    }

    @Test
    void whatIsStillThereIsNotRevoked() {
        register(Map.of("fails", "stays"));
        JsonNode granted = exchange().json();
        String lease = granted.at("/credentials/0/lease_id").asString();
        scene.end(granted);

        await("a look that sees it").until(() -> SERVICE.calls().contains("look " + lease));
        assertThat(state(granted)).isEqualTo("revoking");
        SERVICE.yields();

        await("the next try")
                .atMost(Duration.ofSeconds(15))
                .until(() -> state(granted).equals("revoked"));
    }

    /** That nothing was seen is no evidence. */
    @Test
    void aServiceThatSaysNotWhatItLookedAtIsAskedAgain() {
        register(Map.of("fails", "silent"));
        JsonNode granted = exchange().json();
        scene.end(granted);
        String look = "look " + granted.at("/credentials/0/lease_id").asString();

        await("two looks")
                .atMost(Duration.ofSeconds(15))
                .until(() -> SERVICE.calls().stream().filter(look::equals).count() > 1);
        assertThat(state(granted)).isEqualTo("revoking");
    }

    @Test
    void whatTheServiceSaysOfParametersIsTold() {
        Answer answer = registered(Map.of("target", "code", "parameters", Map.of("wrong", true)));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).isEqualTo("config.parameters.wrong");
        assertThat(answer.json().path("detail").asString()).isEqualTo("There is no such member.");
    }

    @Test
    void aToolNamesATargetAndNoAddress() {
        assertThat(registered(Map.of("target", "other")).json().path("member").asString())
                .isEqualTo("config.target");
        assertThat(registered(Map.of()).json().path("member").asString()).isEqualTo("config.target");
        assertThat(registered(Map.of("target", "code", "url", "https://evil.example"))
                        .json()
                        .path("member")
                        .asString())
                .isEqualTo("config.url");
        assertThat(registered(Map.of("target", "code", "parameters", List.of()))
                        .json()
                        .path("member")
                        .asString())
                .isEqualTo("config.parameters");
        assertThat(registered(Map.of("target", "down")).status()).isIn(400, 503);
    }

    @Test
    void whatStandsThereIsListed() {
        String stranger = UUID.randomUUID().toString();
        SERVICE.makes(stranger);

        List<Backend.Listing> listings = backend.list();

        assertThat(listings).hasSize(2);
        assertThat(listings.get(0))
                .isInstanceOfSatisfying(
                        Backend.Listing.Seen.class,
                        seen -> assertThat(seen.live())
                                .anyMatch(live -> live.lease().toString().equals(stranger) && live.owned()));
        assertThat(listings.get(1)).isInstanceOf(Backend.Listing.Unreachable.class);
        assertThat(backend.destroy(new Backend.Live(UUID.fromString(stranger), "code", "", "", true).remains()))
                .isInstanceOf(Destruction.Gone.class);
        assertThat(SERVICE.live()).doesNotContain(stranger);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://api.example",
                "https://api.example/",
                "https://u:p@api.example",
                "https://api.example?x=1",
                "https://api.example#x",
                "ftp://api.example",
                "api.example"
            })
    void anAddressThatIsNoneEndsTheStart(String url) {
        assertThatThrownBy(() -> new HttpTargetProperties(
                        Map.of("code", new HttpTarget(URI.create(url), Duration.ofSeconds(5), null, null))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("errand.http-targets.code.url");
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.example, /none.crt, , certificate-file and key-file go together",
        "https://api.example, , /none.key, certificate-file and key-file go together",
        "http://127.0.0.1:1, /none.crt, /none.key, url must be https",
        "https://api.example, /none.crt, /none.key, /none.crt must be a readable file"
    })
    void aCertificateThatNobodyWouldSeeEndsTheStart(String url, Path certificate, Path key, String words) {
        assertThatThrownBy(() -> new HttpTargetProperties(
                        Map.of("code", new HttpTarget(URI.create(url), Duration.ofSeconds(5), certificate, key))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("errand.http-targets.code")
                .hasMessageContaining(words);
    }

    @Test
    void theDoctorAsksEachOfThem() {
        assertThat(diagnostic.parts()).extracting(Diagnostic.Part::subject).containsExactly("code", "down");
        assertThat(diagnostic.parts().get(0).look().get())
                .containsExactly(Diagnostic.Result.ok("answers, and believes the broker"));
        assertThat(diagnostic.parts().get(1).look().get()).singleElement().satisfies(down -> {
            assertThat(down.status()).isEqualTo(Diagnostic.Status.ERROR);
            assertThat(down.detail()).startsWith("cannot be asked: down: ");
            assertThat(down.remedy()).contains("errand.http-targets.down.url");
        });
    }

    private String state(JsonNode granted) {
        return scene.admin()
                .get("/admin/v1/leases?task=" + granted.at("/task/id").asString())
                .json()
                .at("/items/0/state")
                .asString();
    }

    private void register(Map<String, Object> parameters) {
        Answer answer = registered(Map.of("target", "code", "parameters", parameters));
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    private Answer registered(Map<String, Object> config) {
        return scene.admin()
                .put(
                        "/admin/v1/tools/" + tool,
                        Map.of(
                                "backend",
                                "http",
                                "actions",
                                List.of("read", "write"),
                                "sensitivity",
                                "internal",
                                "environment",
                                "test",
                                "config",
                                config));
    }

    private Answer exchange() {
        return scene.exchange(Scene.request(agent, tool, "read"));
    }
}
