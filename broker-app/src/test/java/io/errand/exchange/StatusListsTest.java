package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.StatusListReader;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Token Status List: who checks a {@code jwt} credential by itself learns of its end before its {@code exp}. */
@BrokerTest
class StatusListsTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final StatusListReader reader;

    StatusListsTest(@LocalServerPort int port) {
        scene = new Scene(port);
        reader = new StatusListReader(scene);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void whoReadsTheListRefusesATokenBeforeItsEnd() {
        JsonNode granted = granted("PT5M");
        JsonNode other = granted("PT5M");
        JsonNode token = token(granted);

        assertThat(reader.status(token)).isEqualTo(StatusListReader.VALID);
        scene.end(granted);

        await("the list to tell the end").until(() -> reader.status(token) == StatusListReader.INVALID);
        assertThat(Instant.ofEpochSecond(token.path("exp").asLong())).isAfter(Instant.now());
        assertThat(reader.status(token(other))).isEqualTo(StatusListReader.VALID);
    }

    @Test
    void theReceiptNamesTheTimeUntilWhichAVerifierMayNotHaveKnown() {
        JsonNode granted = granted("PT8S");
        JsonNode token = token(granted);
        Instant before = Instant.now();
        scene.end(granted);
        String leases = "/admin/v1/leases?task=" + granted.at("/task/id").asString();

        await("the token's end")
                .atMost(Duration.ofSeconds(20))
                .until(() -> lease(leases).path("state").asString().equals("revoked"));

        JsonNode receipt = scene.verified(lease(leases).path("receipt").asString());
        JsonNode offline = receipt.path("offline");
        assertThat(offline.path("exp").asLong()).isEqualTo(token.path("exp").asLong());
        assertThat(offline.at("/status_list/idx")).isEqualTo(token.at("/status/status_list/idx"));
        assertThat(offline.at("/status_list/uri")).isEqualTo(token.at("/status/status_list/uri"));
        assertThat(offline.at("/status_list/ttl").asInt()).isEqualTo(5);
        assertThat(Instant.parse(offline.path("list_readers_knew_by").asString()))
                .isAfterOrEqualTo(before.plusSeconds(5))
                .isBeforeOrEqualTo(Instant.ofEpochSecond(offline.path("exp").asLong()));
        assertThat(receipt.at("/evidence/kind").asString()).isEqualTo("expired");
    }

    @Test
    void everyListIsFullAndSaysNothingOfHowManyThereAre() {
        JsonNode all = scene.anonymous().get("/oauth2/status").json().path("status_lists");
        JsonNode metadata =
                scene.anonymous().get("/.well-known/oauth-authorization-server").json();
        JsonNode list = reader.list(all.path(0).asString());

        assertThat(metadata.path("status_list_aggregation_endpoint").asString())
                .isEqualTo(BrokerTest.ISSUER + "/oauth2/status");
        assertThat(all).hasSize(16);
        assertThat(list.path("ttl").asInt()).isEqualTo(5);
        assertThat(list.path("exp").asLong() - list.path("iat").asLong()).isEqualTo(60);
        assertThat(list.at("/status_list/bits").asInt()).isEqualTo(1);
        assertThat(list.at("/status_list/aggregation_uri").asString()).isEqualTo(BrokerTest.ISSUER + "/oauth2/status");
        assertThat(StatusListReader.inflated(list)).hasSize((1 << 20) / 8);
    }

    /** With sixteen of sixteen million, that two neighbours come from a counter and not from chance is as good as certain. */
    @Test
    void placesFollowNoOrder() {
        List<Long> places = IntStream.range(0, 16)
                .mapToObj(n -> token(granted("PT5M")).at("/status/status_list"))
                .map(claim -> Long.parseLong(claim.path("uri").asString().replaceAll(".*/", "")) * (1 << 20)
                        + claim.path("idx").asLong())
                .toList();

        assertThat(places).doesNotHaveDuplicates();
        assertThat(IntStream.range(1, 16).filter(n -> Math.abs(places.get(n) - places.get(n - 1)) < 100))
                .isEmpty();
        assertThat(places.stream().map(place -> place >> 20).distinct()).hasSizeGreaterThan(1);
    }

    @Test
    void aListMayBeKeptForFiveSecondsByAnybody() {
        Answer list = scene.anonymous().get("/oauth2/status/3");
        Answer same =
                scene.anonymous().with("If-None-Match", list.header("ETag")).get("/oauth2/status/3");

        assertThat(list.header("Cache-Control")).isEqualTo("max-age=5, public");
        assertThat(list.header("Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(list.header("Set-Cookie")).isEmpty();
        assertThat(same.status()).isEqualTo(304);
        assertThat(same.text()).isEmpty();
        assertThat(same.header("ETag")).isEqualTo(list.header("ETag"));
        assertThat(same.header("Cache-Control")).isEqualTo("max-age=5, public");
    }

    @Test
    void aCredentialThatIsSignedAgainKeepsItsPlace() {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.remove("task");
        form.remove("authorization_details");
        form.put("scope", tool + ":read");

        JsonNode first =
                scene.verified(scene.exchange(form).json().path("access_token").asString());
        JsonNode again =
                scene.verified(scene.exchange(form).json().path("access_token").asString());

        assertThat(again.path("jti")).isEqualTo(first.path("jti"));
        assertThat(first.at("/status/status_list/uri").asString()).startsWith(BrokerTest.ISSUER + "/oauth2/status/");
        assertThat(again.path("status")).isEqualTo(first.path("status"));
    }

    @Test
    void onlyWhatOthersCheckByThemselvesHasAPlace() {
        assertThat(scene.verified(granted("PT5M").path("access_token").asString())
                        .has("status"))
                .isFalse();
    }

    @Test
    void aToolSaysNothingOfAStatusOfItsOwn() {
        Answer refused = scene.admin()
                .put(
                        "/admin/v1/tools/" + Scene.name("erp"),
                        Map.of(
                                "backend",
                                "jwt",
                                "actions",
                                List.of("read"),
                                "sensitivity",
                                "internal",
                                "environment",
                                "test",
                                "config",
                                Map.of("audience", "https://x.example", "claims", Map.of("status", Map.of()))));

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("member").asString()).isEqualTo("config.claims.status");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "16",
                "-1",
                "01",
                "+1",
                "1e0",
                "0x1",
                "1.0",
                "99999999999999999999",
                "%31%00",
                "a",
                "%20",
                "1;v=1",
                "1%2F",
                "..%2Fstatus",
                "%F0%9D%9F%8F",
                "9999"
            })
    void whatIsNoListIsNotThere(String n) {
        Answer answer = scene.anonymous().get("/oauth2/status/" + n);

        assertThat(answer.status()).as(answer.text()).isIn(400, 404);
        assertThat(answer.text()).doesNotContain("Exception");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/statuslist+jwt | 200",
                "application/statuslist+cwt | 406",
                "application/json | 406",
                "application/statuslist+jwt;q=0 | 406",
                "application/statuslist+cwt, */*;q=0.1 | 200",
                "*/* | 200",
                "application/* | 200",
                "nonsense | 200"
            })
    void aListIsAJwt(String accept, int status) {
        assertThat(scene.anonymous()
                        .with("Accept", accept)
                        .get("/oauth2/status/0")
                        .status())
                .isEqualTo(status);
    }

    @Test
    void listsAreNotKeptAndNotWritten() {
        Wire anybody = scene.anonymous();

        assertThat(anybody.get("/oauth2/status/0?time=1700000000").status()).isEqualTo(501);
        assertThat(anybody.post("/oauth2/status/0", "{}").status()).isEqualTo(405);
        assertThat(anybody.delete("/oauth2/status/0").status()).isEqualTo(405);
        assertThat(anybody.put("/oauth2/status", "{}").status()).isEqualTo(405);
        assertThat(anybody.as("garbage").get("/oauth2/status/0").status()).isEqualTo(200);
        assertThat(anybody.get("/oauth2/status/0/1").status()).isEqualTo(404);
    }

    @Test
    void aListIsTakenForNoOtherToken() {
        String list = scene.anonymous().get("/oauth2/status/0").text();
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", list);

        assertThat(scene.exchange(form).json().path("error").asString()).isEqualTo("invalid_request");
        assertThat(scene.anonymous().as(list).get("/v1/tasks/any").status()).isEqualTo(401);
        assertThat(scene.anonymous().as(list).get("/admin/v1/tools").status()).isEqualTo(401);
        assertThat(scene.anonymous()
                        .as(Surroundings.WORKLOADS.token(agent))
                        .form("/oauth2/introspect", Map.of("token", list))
                        .json()
                        .path("active")
                        .asBoolean())
                .isFalse();
    }

    /** The task's only one, as administrators see it: nobody's task token lives that long. */
    private JsonNode lease(String leases) {
        return scene.admin().get(leases).json().at("/items/0");
    }

    private JsonNode granted(String ttl) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("task", "{\"type\":\"triage\",\"ttl\":\"" + ttl + "\"}");
        Answer answer = scene.exchange(form);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private JsonNode token(JsonNode granted) {
        return scene.verified(granted.at("/credentials/0/data/token").asString());
    }
}
