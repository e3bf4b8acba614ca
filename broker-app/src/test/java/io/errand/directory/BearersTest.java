package io.errand.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A directory's bearer is good at one place and for a time, and nothing else is good there. */
@WithDirectory
class BearersTest {

    private final Scene scene;
    private final Pusher directory;
    private final JdbcClient jdbc;

    @Autowired
    BearersTest(@LocalServerPort int port, JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.directory = Pusher.of(scene);
        this.jdbc = jdbc;
    }

    private void refused(String authorization, String reason) {
        String path = "/Users?count=0&as=" + Scene.name("try");
        Answer answer = directory.showing(authorization).get(path);
        assertThat(answer.status()).as(answer.text()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
        assertThat(answer.json().at("/schemas/0").asString()).isEqualTo("urn:ietf:params:scim:api:messages:2.0:Error");
        assertThat(answer.text()).doesNotContain("errand_directory_0");
        assertThat(scene.events("kind=directory.refused"))
                .anySatisfy(event ->
                        assertThat(event.at("/details/reason").asString()).isEqualTo(reason));
    }

    @Test
    void nothingElseIsGoodThere() {
        String good = String.valueOf(directory.authorization());
        String other = good.substring(0, good.length() - 43) + "A".repeat(43);

        refused(other, "token_unknown");
        refused(good.replaceFirst("[0-9a-f]{8}-", "00000000-"), "token_unknown");
        refused("Bearer nonsense", "token_malformed");
        refused("Basic YTpi", "scheme_unknown");
        refused(
                "Bearer "
                        + Surroundings.PEOPLE.token(
                                "root",
                                claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                        .claim("roles", List.of("errand.admin", "errand.directory"))),
                "token_malformed");
        assertThat(directory.showing(null).get("/Users").status()).isEqualTo(401);
        assertThat(directory.get("/Users?count=0").status()).isEqualTo(200);
    }

    @Test
    void itIsGoodNowhereElse() {
        String bearer = String.valueOf(directory.authorization()).substring("Bearer ".length());

        for (String path : List.of("/admin/v1/agents", "/admin/v1/directory/tokens", "/admin/v1/audit", "/v1/agent")) {
            Answer answer = scene.anonymous().as(bearer).get(path);
            assertThat(answer.status()).as(path + answer.text()).isEqualTo(401);
        }
    }

    @Test
    void itEndsByItsTimeAndByAnAdministratorsWord() {
        JsonNode first = Pusher.bearer(scene);
        JsonNode second = Pusher.bearer(scene);
        String expired = "Bearer " + first.path("token").asString();
        String revoked = "Bearer " + second.path("token").asString();
        assertThat(directory.showing(expired).get("/Users?count=0").status()).isEqualTo(200);
        assertThat(directory.showing(revoked).get("/Users?count=0").status()).isEqualTo(200);

        jdbc.sql("UPDATE directory_token SET expires_at = now() WHERE id = :id::uuid")
                .param("id", first.path("id").asString())
                .update();
        Answer said = scene.admin()
                .post("/admin/v1/directory/tokens/" + second.path("id").asString() + "/revoke", Map.of());

        assertThat(said.status()).as(said.text()).isEqualTo(200);
        refused(expired, "token_expired");
        refused(revoked, "token_revoked");
    }

    @Test
    void itIsShownOnceAndKeptAsAHash() {
        JsonNode made = Pusher.bearer(scene);
        String token = made.path("token").asString();
        String secret = token.substring(token.length() - 43);

        assertThat(scene.admin().get("/admin/v1/directory/tokens?limit=500").text())
                .contains(made.path("id").asString())
                .doesNotContain(secret);
        assertThat(jdbc.sql("SELECT t::text FROM directory_token t")
                        .query(String.class)
                        .list())
                .noneMatch(row -> row.contains(secret));
        assertThat(scene.events("kind=directory.token_created"))
                .noneMatch(event -> event.toString().contains(secret));
    }

    @Test
    void onlyAnAdministratorMakesOneAndForAYearAtMost() {
        for (String role : List.of("errand.operator", "errand.approver", "errand.auditor", "errand.directory")) {
            assertThat(scene.as(role)
                            .post("/admin/v1/directory/tokens", Map.of("note", "n"))
                            .status())
                    .as(role)
                    .isEqualTo(403);
        }
        for (Map<String, Object> wrong : List.<Map<String, Object>>of(
                Map.of(),
                Map.of("note", ""),
                Map.of("note", "n", "ttl", "P366D"),
                Map.of("note", "n", "ttl", "PT1S"),
                Map.of("note", "n".repeat(256)))) {
            Answer answer = scene.admin().post("/admin/v1/directory/tokens", wrong);
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        }
    }
}
