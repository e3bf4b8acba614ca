package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Visitor;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Whoever approves on a page has seen every member of the request, as it is, and decides that one. */
@BrokerTest
class ApprovalPagesTest {

    private static final String HOSTILE = "<script>alert(1)</script> \"'> <img src=x onerror=alert(1)> & {{7*7}} ${7*7}"
            + " [[${7*7}]] pay 100\u202e001 to\u200b zero" + ".".repeat(60);

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final int port;
    private final Scene scene;
    private final Office office;

    ApprovalPagesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.port = port;
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of("owner", "Olga@example.com"));
        scene.permits("@approval(\"finance\") permit(principal, action, resource);");
    }

    private JsonNode waiting(Map<String, Object> task) {
        Map<String, String> form = Office.patient(agent, tool, "write");
        form.put("task", Json.mapper().writeValueAsString(task));
        return office.deferred(form);
    }

    private JsonNode waiting() {
        return waiting(Map.of(
                "type",
                "triage",
                "purpose",
                HOSTILE,
                "ttl",
                "PT5M",
                "context",
                Map.of("amount", 12.5, HOSTILE, List.of(HOSTILE, true))));
    }

    private Visitor approver() {
        return Visitor.signedIn(port, "alice", List.of("errand.approver"), List.of("finance"));
    }

    private static String path(JsonNode waiting) {
        return "/console/approvals/" + Office.id(waiting);
    }

    private static Map<String, String> said(JsonNode waiting, String decision, String comment) {
        return Map.of("decision", decision, "digest", Office.digest(waiting), "comment", comment);
    }

    private String state(JsonNode waiting) {
        return office.shown(waiting).path("state").asString();
    }

    /** Names of members and values, as a page names what cannot be seen. */
    private static List<String> leaves(JsonNode node) {
        List<String> found = new ArrayList<>();
        node.properties().forEach(member -> {
            found.add(seen(member.getKey()));
            found.addAll(leaves(member.getValue()));
        });
        node.values().forEach(item -> found.addAll(leaves(item)));
        if (node.isValueNode()) {
            found.add(seen(node.asString()));
        }
        return found;
    }

    private static String seen(String text) {
        return text.replace("\u202e", "U+202E").replace("\u200b", "U+200B");
    }

    @Test
    void everyMemberIsOnThePage() {
        JsonNode waiting = waiting();

        Answer page = approver().get(path(waiting));

        String request = office.shown(waiting).path("request").asString();
        String section = page.text()
                .substring(page.text().indexOf("class=\"request\""), page.text().indexOf("<details>"));
        String read = Visitor.text(new Answer(200, page.headers(), section));
        assertThat(leaves(Json.mapper().readTree(request)))
                .hasSizeGreaterThan(30)
                .allSatisfy(leaf -> assertThat(read).contains(leaf));
        String whole = Visitor.text(page);
        assertThat(whole).contains(Office.digest(waiting), seen(request));
    }

    @Test
    void whatAStrangerWroteIsTextAlone() {
        JsonNode waiting = waiting();

        Answer page = approver().get(path(waiting));

        assertThat(page.text())
                .doesNotContain("<script", "<img", "\u202e", "\u200b")
                .doesNotContainPattern("<[^>]* on[a-z]+=")
                .doesNotContainPattern("<[^>]* style=");
        assertThat(Visitor.text(page)).contains("{{7*7}} ${7*7} [[${7*7}]]");
    }

    @Test
    void accentsDoNotPileUpOverOtherLines() {
        String accent = "\u0301";
        JsonNode waiting = waiting(Map.of(
                "type", "triage", "purpose", "pay" + accent.repeat(40) + "ment, Vie\u0323\u0302t", "ttl", "PT5M"));

        String page = approver().get(path(waiting)).text();

        assertThat(page).contains("pay" + accent.repeat(4), "U+0301", "Vie\u0323\u0302t");
        assertThat(page).doesNotContain(accent.repeat(5));
    }

    @Test
    void noPageRunsAnythingOrLetsItselfBeFramed() {
        Visitor approver = approver();

        for (String path : List.of("/console/approvals", path(waiting()), "/console/breakglass", "/console/nowhere")) {
            Answer page = approver.get(path);
            assertThat(page.header("Content-Security-Policy"))
                    .contains("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")
                    .doesNotContain("script-src", "unsafe");
            assertThat(page.header("X-Frame-Options")).isEqualTo("DENY");
            assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(page.header("Referrer-Policy")).isEqualTo("same-origin");
            assertThat(page.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
            assertThat(page.header("Cache-Control")).contains("no-store");
        }
    }

    @Test
    void aDecisionOnThePageCountsAsOneByTheApi() {
        JsonNode waiting = waiting();
        Visitor approver = approver();
        approver.get(path(waiting));

        Answer done = approver.post(path(waiting), said(waiting, "approve", "looks right"));

        assertThat(done.status()).as(done.text()).isEqualTo(303);
        assertThat(done.header("Location")).isEqualTo(path(waiting));
        assertThat(Visitor.text(approver.get(path(waiting)))).contains("person:people:alice", "looks right");
        assertThat(state(waiting)).isEqualTo("approved");
        assertThat(office.collect(agent, waiting).status()).isEqualTo(200);
        assertThat(office.story(waiting)).contains("approval.approved");
    }

    @Test
    void onThePageAndByTheApiOnePersonIsOne() {
        scene.permits("@approval(\"finance\") @approvers(\"2\") permit(principal, action, resource);");
        JsonNode waiting = waiting();
        Visitor approver = approver();
        approver.get(path(waiting));
        assertThat(approver.post(path(waiting), said(waiting, "approve", "")).status())
                .isEqualTo(303);

        Answer again = office.decide(office.approver("alice", "finance"), waiting, "approve");
        Answer onThePage = approver.post(path(waiting), said(waiting, "approve", ""));

        assertThat(List.of(again.status(), onThePage.status())).containsOnly(409);
        assertThat(Visitor.text(onThePage)).contains("You have approved this already");
        assertThat(state(waiting)).isEqualTo("pending");
    }

    @Test
    void aDenialEndsIt() {
        JsonNode waiting = waiting();
        Visitor approver = approver();
        approver.get(path(waiting));

        approver.post(path(waiting), said(waiting, "deny", ""));

        assertThat(state(waiting)).isEqualTo("denied");
    }

    @Test
    void aFormThatIsRefusedKeepsWhatWasTyped() {
        JsonNode waiting = waiting();
        Visitor approver = approver();
        approver.get(path(waiting));
        Map<String, String> form = new LinkedHashMap<>(said(waiting, "approve", "a \"quoted\" comment"));
        form.put("digest", "sha256:" + "0".repeat(64));

        Answer refused = approver.post(path(waiting), form);

        assertThat(refused.status()).isEqualTo(409);
        assertThat(Visitor.text(refused)).contains("The digest is not that of this request");
        assertThat(refused.text()).contains("value=\"a &quot;quoted&quot; comment\"");
        assertThat(state(waiting)).isEqualTo("pending");
    }

    @ParameterizedTest
    @CsvSource({"'', 400", "perhaps, 400", "'approve,deny', 400"})
    void aDecisionThatIsNone(String decision, int status) {
        JsonNode waiting = waiting();
        Visitor approver = approver();
        approver.get(path(waiting));

        assertThat(approver.post(path(waiting), said(waiting, decision, "")).status())
                .isEqualTo(status);
        assertThat(approver.post(path(waiting), Map.of("decision", "approve")).status())
                .isEqualTo(400);
        assertThat(approver.post(path(waiting), said(waiting, "approve", "x".repeat(1025)))
                        .status())
                .isEqualTo(400);
        assertThat(approver.post(path(waiting), said(waiting, "approve", "line\nbreak"))
                        .status())
                .isEqualTo(400);
        assertThat(state(waiting)).isEqualTo("pending");
    }

    @Test
    void whoseWordWouldNotCountIsToldAndHasNoForm() {
        JsonNode waiting = waiting();
        Visitor stranger = Visitor.signedIn(port, "bob", List.of("errand.approver"), List.of("legal"));

        Answer page = stranger.get(path(waiting));

        assertThat(page.status()).isEqualTo(200);
        assertThat(Visitor.text(page)).contains("This is for members of finance");
        assertThat(page.text()).doesNotContain("name=\"decision\"");
        Answer forced = stranger.post(path(waiting), said(waiting, "approve", ""));
        assertThat(forced.status()).isEqualTo(403);
        assertThat(state(waiting)).isEqualTo("pending");
    }

    @Test
    void whoeverLooksWithoutTheRoleOfApproversDecidesNothing() {
        JsonNode waiting = waiting();
        Visitor auditor = Visitor.signedIn(port, "vera", List.of("errand.auditor", "errand.admin"), List.of("finance"));

        Answer page = auditor.get(path(waiting));

        assertThat(page.status()).isEqualTo(200);
        assertThat(Visitor.text(page)).contains("your role does not include errand.approver");
        assertThat(page.text()).doesNotContain("name=\"decision\"");
        assertThat(auditor.post(path(waiting), said(waiting, "approve", "")).status())
                .isEqualTo(403);
        assertThat(state(waiting)).isEqualTo("pending");
        assertThat(scene.events("kind=console.refused"))
                .anySatisfy(
                        event -> assertThat(event.path("details").path("path").asString())
                                .isEqualTo(path(waiting)));
    }

    @Test
    void aPageThatStoodOpenWhileSomebodyElseDecidedSaysSo() {
        JsonNode waiting = waiting();
        Visitor late = Visitor.signedIn(port, "carol", List.of("errand.approver"), List.of("finance"));
        late.get(path(waiting));
        office.approve(waiting);

        Answer answer = late.post(path(waiting), said(waiting, "deny", "no!"));

        assertThat(answer.status()).isEqualTo(409);
        assertThat(Visitor.text(answer)).contains("This approval is approved; nothing can be decided any more.");
        assertThat(state(waiting)).isEqualTo("approved");
    }

    @Test
    void aFormFromElsewhereChangesNothing() {
        JsonNode waiting = waiting();
        Visitor approver = approver();
        approver.get(path(waiting));
        Map<String, String> form = said(waiting, "approve", "");

        Answer without = approver.forge(path(waiting), form);
        Map<String, String> guessed = new LinkedHashMap<>(form);
        guessed.put("_csrf", approver.cookies().get("__Host-errand-csrf"));
        approver.cookies().remove("__Host-errand-csrf");
        Answer withoutCookie = approver.forge(path(waiting), guessed);

        assertThat(List.of(without.status(), withoutCookie.status())).containsOnly(403);
        assertThat(Visitor.text(without)).contains("did not come from a page that was opened in this session");
        assertThat(state(waiting)).isEqualTo("pending");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "00000000-0000-0000-0000-000000000000",
                "%3Cscript%3E",
                "..",
                "01a203c5-ebee-7069-952f-a391eb74b209/x",
            })
    void whatIsNotThereIsNotFound(String id) {
        Answer page = approver().get("/console/approvals/" + id);

        assertThat(page.status()).as(page.text()).isIn(400, 404);
        assertThat(page.text()).doesNotContain("<script");
    }

    @Test
    void listsAreByStateAndPage() {
        JsonNode waiting = waiting();
        JsonNode approved = waiting();
        office.approve(approved);
        Visitor approver = approver();

        assertThat(approver.get("/console/approvals").text())
                .contains(Office.id(waiting))
                .doesNotContain(Office.id(approved));
        assertThat(approver.get("/console/approvals?state=any").text())
                .contains(Office.id(waiting), Office.id(approved));
        assertThat(approver.get("/console/approvals?state=bogus").status()).isEqualTo(400);
        assertThat(approver.get("/console/approvals?cursor=forged").status()).isEqualTo(400);
        assertThat(approver.get("/console/approvals?state=%00").status()).isEqualTo(400);
    }

    @Test
    void aListTellsWhatItIsAboutWithoutLettingAStrangerWriteOnIt() {
        JsonNode waiting = waiting();

        Answer list = approver().get("/console/approvals");

        assertThat(Visitor.text(list)).contains(tool + ": write", "<script>alert(1)</script>", " …");
        assertThat(list.text()).doesNotContain("<script", "<img", "\u202e");
        assertThat(list.text()).contains(Office.id(waiting));
    }

    @Test
    void aBrowserThatFollowsTheAddressOfAnApprovalComesToItsPage() {
        JsonNode waiting = waiting();
        String address = "/admin/v1/approvals/" + Office.id(waiting);
        assertThat(waiting.path("approval").path("url").asString()).endsWith(address);

        Answer led = new Visitor(port).get(address);

        assertThat(led.status()).isEqualTo(303);
        assertThat(led.header("Location")).isEqualTo(path(waiting));
        Wire client = scene.anonymous();
        assertThat(client.get(address).status()).isEqualTo(401);
        assertThat(client.with("Accept", "text/html").as("x").get(address).status())
                .isEqualTo(401);
        assertThat(scene.admin().with("Accept", "text/html").get(address).status())
                .isIn(200, 406);
    }

    private static Object nested(int levels) {
        Object inner = "deepest";
        for (int i = 0; i < levels; i++) {
            inner = i % 2 == 0 ? List.of(inner) : Map.of("in", inner);
        }
        return inner;
    }

    @Test
    void theLargestRequestsAreShownWholeAndNotForEver() {
        for (Map<String, Object> context : List.<Map<String, Object>>of(
                Map.of("deep", nested(26)),
                Map.of("many", Collections.nCopies(7_000, 0)),
                Map.of("long", "a\u202e".repeat(2_000)),
                Map.of("empty", Collections.nCopies(2_000, Map.of("a", List.of()))))) {
            JsonNode waiting = waiting(Map.of("type", "triage", "purpose", "large", "ttl", "PT5M", "context", context));
            Visitor approver = approver();
            long from = System.nanoTime();

            Answer page = approver.get(path(waiting));

            assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(10));
            assertThat(page.text()).endsWith("</html>\n");
            assertThat(Visitor.text(page))
                    .contains(seen(office.shown(waiting).path("request").asString()));
        }
    }
}
