package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Visitor;
import io.errand.testing.Wire.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A break-glass on the pages: begun by an operator, ended, and reviewed by somebody else. */
@BrokerTest
class BreakGlassPagesTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final int port;
    private final Scene scene;
    private final Office office;

    BreakGlassPagesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.port = port;
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
    }

    private Visitor operator(String subject) {
        Visitor operator = Visitor.signedIn(port, subject, List.of("errand.operator"), List.of());
        operator.get("/console/breakglass/new");
        return operator;
    }

    private Map<String, String> wanted(Map<String, String> changes) {
        Map<String, String> form = new LinkedHashMap<>(Map.of(
                "agent",
                agent,
                "task",
                "",
                "tools",
                " " + tool + " , ",
                "reason",
                "orders are <stuck>",
                "ticket",
                "INC-1",
                "minutes",
                "3"));
        form.putAll(changes);
        return form;
    }

    private String activated(Visitor operator) {
        Answer done = operator.post("/console/breakglass", wanted(Map.of()));
        assertThat(done.status()).as(done.text()).isEqualTo(303);
        return done.header("Location");
    }

    @Test
    void whoeverMayNotActivateOneIsNotAskedForIt() {
        Visitor auditor = Visitor.signedIn(port, "vera", List.of("errand.auditor", "errand.approver"), List.of());

        assertThat(auditor.get("/console/breakglass").status()).isEqualTo(200);
        assertThat(auditor.get("/console/breakglass/new").status()).isEqualTo(403);
    }

    @Test
    void fromActivationToClosedReview() {
        Visitor otto = operator("otto");
        String page = activated(otto);
        assertThat(Visitor.text(otto.get(page)))
                .contains("orders are <stuck>", "INC-1", "person:people:otto", "active");
        assertThat(otto.get("/console/breakglass").text()).contains(page);

        assertThat(otto.post(page + "/end", Map.of()).status()).isEqualTo(303);
        assertThat(Visitor.text(otto.get(page))).contains("You activated this one: somebody else must review it.");
        Answer own = otto.post(page + "/review", Map.of("finding", "justified", "comment", "it was me"));
        assertThat(own.status()).isEqualTo(403);

        Visitor olga = operator("olga");
        olga.get(page);
        assertThat(olga.post(page + "/review", Map.of("finding", "justified", "comment", "it was \u202eneeded"))
                        .status())
                .isEqualTo(303);
        assertThat(Visitor.text(olga.get(page))).contains("reviewed", "person:people:olga", "it was U+202Eneeded");
        assertThat(scene.events("agent=" + agent).stream()
                        .map(event -> event.path("kind").asString())
                        .filter(kind -> kind.startsWith("breakglass."))
                        .toList())
                .containsExactlyInAnyOrder("breakglass.activated", "breakglass.ended", "breakglass.reviewed");
    }

    @Test
    void oneThatLiftsNothingSaysSoWhileItIsActive() {
        String other = Scene.name("other");
        scene.jwtTool(other, Map.of());
        scene.permits("permit(principal, action, resource);"
                + "@liftable forbid(principal, action, resource == Errand::Tool::\"" + tool + "\");");
        Visitor otto = operator("otto");

        String page = otto.post("/console/breakglass", wanted(Map.of("tools", tool + " " + other)))
                .header("Location");

        assertThat(Visitor.text(otto.get(page)))
                .contains("It changes nothing at " + other + ":", "no policy in force that concerns this agent there")
                .doesNotContain("nothing at " + tool);
        otto.post(page + "/end", Map.of());
        assertThat(Visitor.text(otto.get(page))).doesNotContain("It changes nothing");
    }

    @ParameterizedTest
    @CsvSource({
        "agent, '', Name an agent or a task",
        "agent, nobody-of-that-name, There is no such agent",
        "task, x, Name an agent or a task",
        "tools, '', At least 1",
        "tools, no-such-tool, There is no tool no-such-tool",
        "tools, <b>, 63",
        "reason, ' ', This is required",
        "ticket, '', This is required",
        "minutes, '', Minutes is a whole number from 1 to 60.",
        "minutes, 0, Minutes is a whole number from 1 to 60.",
        "minutes, -5, Minutes is a whole number from 1 to 60.",
        "minutes, 999999, Minutes is a whole number from 1 to 60.",
        "minutes, 1e3, Minutes is a whole number from 1 to 60."
    })
    void whatIsWrongIsSaidAndWhatWasTypedIsKept(String field, String value, String sentence) {
        Visitor operator = operator("otto");

        Answer refused = operator.post("/console/breakglass", wanted(Map.of(field, value)));

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(Visitor.text(refused)).contains(sentence);
        assertThat(refused.text()).doesNotContain("<b>");
        if (!field.equals("reason")) {
            assertThat(refused.text()).contains("value=\"orders are &lt;stuck&gt;\"");
        }
        assertThat(scene.events("agent=" + agent).stream()
                        .map(event -> event.path("kind").asString()))
                .noneMatch("breakglass.activated"::equals);
    }

    @Test
    void withoutTheRoleNobodyActivatesEndsOrReviews() {
        Visitor otto = operator("otto");
        String page = activated(otto);
        Visitor approver = Visitor.signedIn(port, "alice", List.of("errand.approver"), List.of());
        assertThat(approver.get(page).status()).isEqualTo(200);

        assertThat(approver.post("/console/breakglass", wanted(Map.of())).status())
                .isEqualTo(403);
        assertThat(approver.post(page + "/end", Map.of()).status()).isEqualTo(403);
        assertThat(approver.post(page + "/review", Map.of("finding", "justified", "comment", "x"))
                        .status())
                .isEqualTo(403);
        assertThat(Visitor.text(otto.get(page))).contains("active");
    }

    @Test
    void aSecondOneWaitsForTheReviewOfTheFirst() {
        Visitor otto = operator("otto");
        activated(otto);

        Answer second = otto.post("/console/breakglass", wanted(Map.of()));

        assertThat(second.status()).isEqualTo(409);
        assertThat(Visitor.text(second)).contains("The last break-glass for this scope is not reviewed");
    }
}
