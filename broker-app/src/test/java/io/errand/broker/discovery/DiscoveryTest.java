package io.errand.broker.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Who asks and is nobody, and what can log in and is nobody's, is on a list, which strangers cannot fill. */
@BrokerTest
class DiscoveryTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final DiscoveredTable table;
    private final UnknownCallers callers;
    private final JdbcClient jdbc;

    DiscoveryTest(
            @LocalServerPort int port,
            @Autowired DiscoveredTable table,
            @Autowired UnknownCallers callers,
            @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.table = table;
        this.callers = callers;
        this.jdbc = jdbc;
    }

    private JsonNode discovered(String subject) {
        for (int n = 0; n < 2; n++) {
            assertThat(scene.exchange(Scene.request(subject, tool, "read")).status())
                    .isEqualTo(400);
        }
        await().atMost(SOON)
                .until(() -> named("identity", subject)
                        .map(one -> one.path("times").asInt())
                        .equals(Optional.of(2)));
        return named("identity", subject).orElseThrow();
    }

    @Test
    void whoAskedAndIsNobodyIsListedAndTold() {
        String subject = Scene.name("nobody");

        JsonNode found = discovered(subject);

        assertThat(found.path("place").asString()).isEqualTo("workloads");
        assertThat(found.path("state").asString()).isEqualTo("new");
        assertThat(events("discovery.found", "subject", subject)).hasSize(1);
    }

    /** Only what was verified: anybody could write anything else. */
    @Test
    void whoWasNotVerifiedIsNot() {
        String subject = Scene.name("forged");
        Map<String, String> form = new HashMap<>(Scene.request(subject, tool, "read"));
        form.computeIfPresent("subject_token", (name, token) -> token.substring(0, token.length() - 8) + "AAAAAAAA");
        assertThat(scene.exchange(form).status()).isEqualTo(400);
        String sentinel = Scene.name("sentinel");
        discovered(sentinel);

        assertThat(named("identity", subject)).isEmpty();
    }

    @Test
    void registeringMakesADraftThatHasTheIdentity() {
        String subject = Scene.name("ci");
        String id = discovered(subject).path("id").asString();
        Map<String, Object> as = Map.of(
                "name", subject, "owner", "team@example.com", "purpose", "Run the tests", "task_types", List.of("ci"));

        assertThat(scene.as("errand.auditor")
                        .post("/admin/v1/discovered/" + id + "/register", as)
                        .status())
                .isEqualTo(403);
        assertThat(scene.admin()
                        .post("/admin/v1/discovered/" + id + "/register", Map.of("name", subject))
                        .status())
                .isEqualTo(400);
        assertThat(named("identity", subject)).isPresent();
        Answer done = scene.admin().post("/admin/v1/discovered/" + id + "/register", as);

        assertThat(done.status()).as(done.text()).isEqualTo(200);
        assertThat(done.json().path("state").asString()).isEqualTo("registered");
        JsonNode agent = scene.admin().get("/admin/v1/agents/" + subject).json();
        assertThat(agent.path("state").asString()).isEqualTo("draft");
        assertThat(agent.path("identities").get(0).path("subject").asString()).isEqualTo(subject);
        assertThat(named("identity", subject)).isEmpty();
        assertThat(events("discovery.registered", "subject", subject)).hasSize(1);
        assertThat(scene.admin()
                        .post("/admin/v1/discovered/" + id + "/register", as)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void anAgentOfThatNameIsNotReplaced() {
        String subject = Scene.name("taken");
        String id = discovered(subject).path("id").asString();
        String other = Scene.name("other");
        scene.agent(other, tool, Map.of());

        Answer done = scene.admin()
                .post(
                        "/admin/v1/discovered/" + id + "/register",
                        Map.of("name", other, "owner", "o", "purpose", "p", "task_types", List.of("ci")));

        assertThat(done.status()).isEqualTo(409);
        assertThat(scene.admin()
                        .get("/admin/v1/agents/" + other)
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("active");
    }

    @Test
    void whoIsRegisteredByAnotherWayIsNotListedAnyMore() {
        String subject = Scene.name("late");
        discovered(subject);

        scene.agent(subject, tool, Map.of());

        assertThat(named("identity", subject)).isEmpty();
    }

    @Test
    void whatIsIgnoredIsNotNew() {
        String subject = Scene.name("scanner");
        String path = "/admin/v1/discovered/" + discovered(subject).path("id").asString();

        assertThat(scene.admin().post(path + "/ignore", Map.of()).status()).isEqualTo(400);
        Answer done = scene.admin().post(path + "/ignore", Map.of("comment", "The scanner of T-12"));

        assertThat(done.status()).as(done.text()).isEqualTo(200);
        assertThat(named("identity", subject)).isEmpty();
        assertThat(scene.admin().get(path).json().path("comment").asString()).isEqualTo("The scanner of T-12");
        assertThat(scene.admin()
                        .post(path + "/ignore", Map.of("comment", "again"))
                        .status())
                .isEqualTo(409);
        assertThat(events("discovery.ignored", "subject", subject)).hasSize(1);
    }

    @Test
    void strangersDoNotFillIt() {
        String issuer = Scene.name("issuer");
        for (int n = 0; n < DiscoveredTable.MOST + 3; n++) {
            table.seen("identity", issuer, new DiscoveredTable.Seen("s" + n, null, 1, false));
        }
        table.seen("identity", issuer, new DiscoveredTable.Seen("s0", null, 4, false));

        assertThat(rows(issuer)).isEqualTo(DiscoveredTable.MOST + 1);
        assertThat(times(issuer, "")).isEqualTo(3);
        assertThat(times(issuer, "s0")).isEqualTo(5);

        jdbc.sql("UPDATE discovered SET last_at = now() - interval '31 days' WHERE place = :issuer AND name = 's7'")
                .param("issuer", issuer)
                .update();
        table.seen("identity", issuer, new DiscoveredTable.Seen("newer", null, 1, false));

        assertThat(times(issuer, "newer")).isEqualTo(1);
        assertThat(rows(issuer)).isEqualTo(DiscoveredTable.MOST + 1);
    }

    /** So many subjects in a second, and subjects so long, are counted together before they reach the database. */
    @Test
    void norTheMemory() {
        String issuer = Scene.name("issuer");
        callers.seen(issuer, "x".repeat(2049));
        callers.write();

        assertThat(times(issuer, "")).isEqualTo(1);
        assertThat(rows(issuer)).isEqualTo(1);
    }

    @Test
    void loginsThatNobodyIssuedAreListedWithTheirUse() throws SQLException {
        String mine = Scene.name("discovering");
        String login = "stray_" + Scene.name("login").replace('-', '_');
        scene.postgresTool(tool, Map.of());
        scene.agent(mine, tool, Map.of());
        scene.policy(mine, "permit(principal == Errand::Agent::\"" + mine + "\", action, resource);");
        JsonNode granted = scene.exchange(Scene.request(mine, tool, "read")).json();
        String issued = granted.at("/credentials/0/data/username").asString();
        Postgres server = Postgres.shared();
        server.execute("postgres", "CREATE ROLE " + login + " LOGIN CREATEROLE PASSWORD 'stray'");
        try {
            look();

            JsonNode found = named("login", login).orElseThrow();
            assertThat(found.path("place").asString()).isEqualTo("orders");
            assertThat(found.path("detail").asString()).isEqualTo("may create roles");
            assertThat(found.path("last_used_at").isMissingNode()).isTrue();
            assertThat(events("discovery.found", "login", login)).hasSize(1);
            assertThat(issued).startsWith("errand_");
            assertThat(named("login", issued)).isEmpty();
            assertThat(named("login", "errand_broker")).isEmpty();

            JsonNode data = granted.at("/credentials/0/data");
            try (Connection used =
                    DriverManager.getConnection(data.path("jdbc_url").asString(), login, "stray")) {
                assertThat(used.isValid(5)).isTrue();
                look();
            }
            assertThat(named("login", login).orElseThrow().path("last_used_at").asString())
                    .isNotEmpty();
            assertThat(events("discovery.found", "login", login)).hasSize(1);

            String path = "/admin/v1/discovered/" + found.path("id").asString();
            assertThat(scene.admin()
                            .post(path + "/register", Map.of("name", "a", "owner", "dba", "purpose", "p"))
                            .status())
                    .isEqualTo(400);
            Answer said = scene.admin().post(path + "/register", Map.of("owner", "dba", "purpose", "reports"));
            assertThat(said.json().path("comment").asString()).isEqualTo("dba: reports");
        } finally {
            server.execute("postgres", "DROP ROLE " + login);
        }
        look();
        assertThat(jdbc.sql("SELECT count(*) FROM discovered WHERE name = :login")
                        .param("login", login)
                        .query(Integer.class)
                        .single())
                .isZero();
        scene.complete(granted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kind=x", "state=x", "cursor=x", "limit=501", "place=x"})
    void whatMakesNoSenseIsABadRequest(String query) {
        assertThat(scene.admin().get("/admin/v1/discovered?" + query).status()).isEqualTo(400);
    }

    private void look() {
        assertThat(scene.admin().post("/admin/v1/discovered", Map.of()).status())
                .isEqualTo(204);
    }

    private Optional<JsonNode> named(String kind, String name) {
        Answer answer = scene.admin().get("/admin/v1/discovered?limit=500&state=new&kind=" + kind);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("items").values().stream()
                .filter(one -> one.path("name").asString().equals(name))
                .findFirst();
    }

    private List<JsonNode> events(String kind, String member, String value) {
        return scene.events("order=desc&kind=" + kind).stream()
                .filter(event -> event.path("details").path(member).asString().equals(value))
                .toList();
    }

    private int rows(String place) {
        return jdbc.sql("SELECT count(*) FROM discovered WHERE place = :place")
                .param("place", place)
                .query(Integer.class)
                .single();
    }

    private long times(String place, String name) {
        return jdbc.sql("SELECT times FROM discovered WHERE place = :place AND name = :name")
                .param("place", place)
                .param("name", name)
                .query(Long.class)
                .single();
    }
}
