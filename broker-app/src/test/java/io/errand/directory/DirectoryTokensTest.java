package io.errand.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A directory's bearer: shown once, kept as a digest, good for a time, at /scim/v2 and nowhere else. */
@WithDirectory
class DirectoryTokensTest {

    private final Scene scene;
    private final JdbcClient jdbc;

    DirectoryTokensTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.jdbc = jdbc;
    }

    @Test
    void itIsShownOnceAndKeptAsADigest() {
        JsonNode made = Pusher.bearer(scene);
        String token = made.path("token").asString();

        JsonNode listed = scene.admin().get("/admin/v1/directory/tokens").json();

        assertThat(made.path("state").asString()).isEqualTo("active");
        assertThat(listed.toString()).contains(made.path("id").asString()).doesNotContain(token);
        assertThat(jdbc.sql("SELECT row_to_json(t)::text FROM directory_token t").query(String.class).list())
                .isNotEmpty()
                .noneMatch(row -> row.contains(token.substring(token.lastIndexOf('_'))));
        assertThat(scene.events("kind=directory.token_created").toString())
                .contains(made.path("id").asString())
                .doesNotContain(token);
    }

    @Test
    void whatIsNoneIsRefusedInTheSameWordsAndTheLogHasTheCause() {
        JsonNode revoked = Pusher.bearer(scene);
        JsonNode expired = Pusher.bearer(scene);
        String good = Pusher.bearer(scene).path("token").asString();
        revoke(revoked);
        revoke(revoked);
        jdbc.sql("UPDATE directory_token SET expires_at = now() - interval '1 second' WHERE id = :id::uuid")
                .param("id", expired.path("id").asString())
                .update();
        Map<String, String> shown = Map.of(
                "token_revoked", "Bearer " + revoked.path("token").asString(),
                "token_expired", "Bearer " + expired.path("token").asString(),
                "token_unknown", "Bearer " + good.substring(0, good.length() - 3) + "AAA",
                "token_malformed", "Bearer " + scene.admin().bearer(),
                "scheme_unknown", "Basic YTpi");

        Pusher pusher = new Pusher(scene.anonymous().base(), null, "application/scim+json");

        Answer none = pusher.get("/Users");
        assertThat(none.status()).isEqualTo(401);
        assertThat(none.header("WWW-Authenticate")).isEqualTo("Bearer");
        shown.forEach((reason, authorization) -> {
            Answer answer = pusher.showing(authorization).post("/Users", Pusher.user(Scene.name("nobody"), Map.of()));
            assertThat(answer.status()).as(reason).isEqualTo(401);
            assertThat(answer.text()).as(reason).isEqualTo(none.text());
            assertThat(scene.events("kind=directory.refused"))
                    .as(reason)
                    .anyMatch(event -> event.at("/details/reason").asString().equals(reason));
        });
        assertThat(pusher.showing("bearer " + good).get("/Users").status()).isEqualTo(200);
    }

    private void revoke(JsonNode token) {
        Answer answer = scene.admin()
                .post("/admin/v1/directory/tokens/" + token.path("id").asString() + "/revoke", Map.of());
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().path("state").asString()).isEqualTo("revoked");
    }

    @Test
    void itIsGoodNowhereElseAndOfNoPerson() {
        String token = Pusher.bearer(scene).path("token").asString();

        for (String path : List.of("/admin/v1/agents", "/admin/v1/directory/tokens", "/v1/agent", "/ssf/v1/stream")) {
            assertThat(scene.anonymous().as(token).get(path).status()).as(path).isEqualTo(401);
        }
        Pusher person = new Pusher(
                scene.anonymous().base(),
                "Bearer " + scene.as("errand.directory", "errand.admin").bearer(),
                "application/scim+json");
        assertThat(person.get("/Users").status()).isEqualTo(401);
        assertThat(scene.as("errand.directory").get("/admin/v1/agents").status()).isEqualTo(403);
    }

    @Test
    void onlyAdministratorsMakeThemAndWithinLimits() {
        for (String role : List.of("errand.operator", "errand.approver", "errand.auditor")) {
            assertThat(scene.as(role)
                            .post("/admin/v1/directory/tokens", Map.of("note", "n"))
                            .status())
                    .as(role)
                    .isEqualTo(403);
        }
        for (Map<String, String> wrong : List.of(
                Map.<String, String>of(),
                Map.of("note", " "),
                Map.of("note", "n", "ttl", "P366D"),
                Map.of("note", "n", "ttl", "PT1S"),
                Map.of("note", "n", "tll", "P1D"))) {
            assertThat(scene.admin().post("/admin/v1/directory/tokens", wrong).status())
                    .as(wrong.toString())
                    .isEqualTo(400);
        }
        for (String id : List.of("1", "01900000-0000-7000-8000-000000000000")) {
            assertThat(scene.admin()
                            .post("/admin/v1/directory/tokens/" + id + "/revoke", Map.of())
                            .status())
                    .isEqualTo(404);
        }
    }
}
