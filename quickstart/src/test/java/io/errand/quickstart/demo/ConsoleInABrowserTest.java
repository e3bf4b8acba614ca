package io.errand.quickstart.demo;

import static io.errand.quickstart.People.isOffered;
import static io.errand.quickstart.People.press;
import static io.errand.quickstart.People.reads;
import static io.errand.quickstart.People.tabTo;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import io.errand.api.ApprovalDecision;
import io.errand.api.Json;
import io.errand.quickstart.Chromium;
import io.errand.quickstart.LocalBroker;
import io.errand.quickstart.People;
import io.errand.quickstart.Served;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people do at the console, in a real browser and through the real sign-in, and what agents get of it. */
class ConsoleInABrowserTest {

    /** For an HTML parser, for Thymeleaf, and for eyes. */
    private static final String HOSTILE = "</dd></dl><script>alert('p')</script><img src=x onerror=alert(2)>"
            + "<form action=//evil.example><button>Deny</button></form> \"quoted\" 'and' &amp;  two  spaces "
            + "${7*7} [[${7*7}]] __${7*7}__ \u202eeulaV\u2066\u200b 💶";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static Chromium chromium;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @SuppressWarnings("NullAway.Init")
    private static People people;

    @BeforeAll
    static void serve() throws Exception {
        chromium = Chromium.start();
        broker = Served.quickstart(data);
        people = new People(broker, chromium);
        Waiting.register(broker, Files.createDirectory(data.resolve("more")));
    }

    @AfterAll
    static void stop() {
        if (chromium != null) { // skipped
            chromium.close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    @AfterEach
    void nothingAmiss() {
        chromium.closeWindows();
        chromium.assertNothingAmiss();
    }

    @Test
    void whoDecidesSeesAllOfItAndTheAgentGetsExactlyThat() throws Exception {
        Waiting waiting =
                Waiting.ask(broker, HOSTILE, List.of("write"), Map.of("invoice", "<b>INV-7001</b>", "note", ""));
        Page anna = people.comes("anna");
        Chromium.assertFits(anna, "approvals");

        anna.locator("a[href$='" + waiting.id() + "']").click();

        Shown.assertAllOf(waiting, anna);
        Chromium.assertFits(anna, "approval");
        anna.getByLabel("Comment").fill("INV-7001 was mistyped <b>");
        press(anna, "Approve exactly this");
        reads(anna.locator("h1 .state"), "approved");
        reads(anna.locator(".facts"), "approve by person:dev-people:anna", "INV-7001 was mistyped <b>");
        Chromium.photograph(anna, "approval-approved");
        assertThat(waiting.collect().status()).isEqualTo(200);
        anna.reload();
        reads(anna.locator("h1 .state"), "consumed");
        assertThat(isOffered(anna, "Approve exactly this")).isFalse();
    }

    @Test
    void aKeyboardIsEnough() throws Exception {
        Waiting waiting = Waiting.write(broker, "by keyboard");
        Page page = people.window();
        page.navigate(broker.url() + "/console/approvals/" + waiting.id());

        tabTo(page, "dev-admin every role");
        page.keyboard().press("ArrowDown");
        page.keyboard().press("Tab");
        page.keyboard().type(people.password());
        page.keyboard().press("Enter");
        page.waitForURL("**/console/approvals/" + waiting.id());
        tabTo(page, "Comment (on the log, 1024 bytes at most)");
        page.keyboard().type("no mouse here");
        tabTo(page, "Approve exactly this");
        Chromium.photograph(page, "keyboard");
        page.keyboard().press("Enter");

        reads(page.locator("h1 .state"), "approved");
        assertThat(waiting.state()).isEqualTo("approved");
        tabTo(page, "Sign out");
        page.keyboard().press("Enter");
        page.waitForURL("**/console/signed-out");
    }

    @Test
    void whoeverMayNotDecideReadsWhy() throws Exception {
        Waiting forAnna = Waiting.onBehalfOf(broker, "anna", "correct my own order");
        String page = broker.url() + "/console/approvals/" + forAnna.id();

        assertMayNot("own", people.comes("anna"), page, "it is done on your behalf: somebody else must decide");
        assertMayNot(
                "group",
                people.comes("lena", List.of("errand.approver"), "legal"),
                page,
                "This is for members of finance");
        assertMayNot("role", people.comes("vera"), page, "your role does not include errand.approver");
        Page stranger = people.comes("nobody", List.of(), "finance");
        reads(stranger.getByRole(AriaRole.ALERT), "none of your roles");
        assertThat(chromium.takeAmiss()).singleElement().asString().contains("403");
        Page fred = people.comes("fred", List.of("errand.approver"), "sales, finance");
        fred.navigate(page);
        press(fred, "Deny");
        reads(fred.locator("h1 .state"), "denied");
        assertThat(forAnna.state()).isEqualTo("denied");
    }

    private static void assertMayNot(String photograph, Page page, String url, String why) {
        page.navigate(url);
        reads(page.locator(".obstacle"), why);
        assertThat(isOffered(page, "Approve exactly this")).isFalse();
        assertThat(isOffered(page, "Deny")).isFalse();
        Chromium.photograph(page, "approval-not-" + photograph);
    }

    @Test
    void theSecondOfTwoDenies() throws Exception {
        Waiting waiting = Waiting.ask(broker, "both", List.of("read", "write"), Map.of());
        String url = broker.url() + "/console/approvals/" + waiting.id();
        Page anna = people.comes("anna");
        anna.navigate(url);
        press(anna, "Approve exactly this");
        reads(anna.locator("h1 .state"), "pending");
        reads(anna.locator(".obstacle"), "approved this already");

        Page fred = people.comes("fred", List.of("errand.approver"), "finance");
        fred.navigate(url);
        fred.getByLabel("Comment").fill("not this month");
        press(fred, "Deny");

        reads(fred.locator("h1 .state"), "denied");
        reads(
                fred.locator(".facts"),
                "approve by person:dev-people:anna",
                "deny by person:dev-people:fred",
                "not this month");
        assertThat(waiting.collect().body().path("error").asString()).isEqualTo("access_denied");
    }

    @Test
    void aPageThatWasLeftOpenSaysWhatBecameOfIt() throws Exception {
        Waiting waiting = Waiting.write(broker, "decided elsewhere");
        Page anna = people.comes("anna");
        anna.navigate(broker.url() + "/console/approvals/" + waiting.id());
        ApprovalDecision denial =
                new ApprovalDecision("deny", waiting.view().path("digest").asString(), "somebody was faster");
        assertThat(broker.client("fiona", List.of("finance"))
                        .post(
                                "/admin/v1/approvals/" + waiting.id(),
                                Json.mapper().valueToTree(denial))
                        .isSuccess())
                .isTrue();

        anna.getByLabel("Comment").fill("too late");
        press(anna, "Approve exactly this");

        reads(anna.getByRole(AriaRole.ALERT), "This approval is denied; nothing can be decided any more.");
        reads(anna.locator(".facts"), "somebody was faster");
        assertThat(anna.locator(".facts").innerText()).doesNotContain("too late");
        assertThat(waiting.state()).isEqualTo("denied");
        Chromium.photograph(anna, "approval-left-open");
        assertThat(chromium.takeAmiss()).singleElement().asString().contains("409");
    }

    @Test
    void theLinkThatTheAgentHandsOnLeadsThereBySignIn() throws Exception {
        Waiting waiting = Waiting.write(broker, "by link");
        Page page = people.window();

        page.navigate(waiting.url());
        people.signIn(page, "anna");

        assertThat(page.url()).isEqualTo(broker.url() + "/console/approvals/" + waiting.id());
        reads(page.locator("h1"), "invoice-triage");
    }

    @Test
    void signingOutEndsTheSessionWhoeverHasItsCookie() throws Exception {
        Waiting waiting = Waiting.write(broker, "after the end");
        String url = broker.url() + "/console/approvals/" + waiting.id();
        Page anna = people.comes("anna");
        anna.navigate(url);
        Page other = anna.context().newPage();
        other.navigate(url);
        List<Cookie> kept = anna.context().cookies();

        press(other, "Sign out");
        other.waitForURL("**/console/signed-out");
        press(anna, "Approve exactly this");

        reads(anna.getByRole(AriaRole.ALERT), "nothing was changed");
        assertThat(waiting.state()).isEqualTo("pending");
        assertThat(chromium.takeAmiss()).singleElement().asString().containsAnyOf("401", "403");
        Page thief = people.window();
        thief.context().addCookies(kept);
        thief.navigate(url);
        assertThat(thief.url()).contains("/people/authorize");
        Chromium.photograph(other, "signed-out");
    }

    @Test
    void aLinkInAMessageLeavesOpenPagesAsTheyAre() throws Exception {
        Waiting open = Waiting.write(broker, "open already");
        Waiting other = Waiting.write(broker, "in a message");
        Page anna = people.comes("anna");
        anna.navigate(broker.url() + "/console/approvals/" + open.id());
        Page message = anna.context().newPage();
        message.setContent("<a href='" + broker.url() + "/console/approvals/" + other.id() + "'>please approve</a>");
        message.locator("a").click();
        reads(message.locator(".request"), "in a message");

        press(anna, "Approve exactly this");

        reads(anna.locator("h1 .state"), "approved");
        press(message, "Approve exactly this");
        reads(message.locator("h1 .state"), "approved");
    }

    @Test
    void goingBackAfterSigningOutShowsNothing() throws Exception {
        Waiting waiting = Waiting.ask(broker, "seen before\u0301" + "\u0300".repeat(60), List.of("write"), Map.of());
        Page anna = people.comes("anna");
        anna.navigate(broker.url() + "/console/approvals/" + waiting.id());
        reads(anna.locator(".request"), "seen before");
        Chromium.photograph(anna, "approval-accents");
        press(anna, "Sign out");
        anna.waitForURL("**/console/signed-out");

        anna.goBack();

        anna.waitForURL("**/people/authorize?**");
        assertThat(anna.content()).doesNotContain("seen before");
    }

    @Test
    void aBreakGlassIsFollowedFromItsActivationToItsReview() {
        Page otto = people.comes("otto");
        otto.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Break-glass"))
                .click();
        otto.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Activate one"))
                .click();
        otto.locator("#agent").fill("invoice-triage");
        otto.getByLabel("Tools").fill("orders-db hr-db");
        otto.getByLabel("Reason").fill(HOSTILE);
        otto.getByLabel("Ticket").fill("OPS-1 <b>");
        otto.getByLabel("Minutes").fill("9999");
        press(otto, "Activate");
        reads(otto.getByRole(AriaRole.ALERT), "Minutes is a whole number from 1 to 60.");
        assertThat(otto.getByLabel("Ticket").inputValue()).isEqualTo("OPS-1 <b>");
        assertThat(chromium.takeAmiss()).singleElement().asString().contains("400");
        Chromium.assertFits(otto, "breakglass-refused");

        otto.getByLabel("Minutes").fill("5");
        press(otto, "Activate");

        reads(otto.locator("h1 .state"), "active");
        reads(otto.locator(".facts"), "OPS-1 <b>", "hr-db", "eulaV");
        Chromium.assertFits(otto, "breakglass");
        press(otto, "End it now");
        reads(otto.locator(".obstacle"), "somebody else must review it");

        Page olga = people.comes("olga", List.of("errand.operator"), "");
        olga.navigate(otto.url());
        olga.getByLabel("Comment").fill("the pager was right");
        press(olga, "It was justified");
        reads(olga.locator("h1 .state"), "reviewed");
        reads(olga.locator(".facts"), "justified by person:dev-people:olga");
        Chromium.photograph(olga, "breakglass-reviewed");
        olga.navigate(broker.url() + "/console/breakglass");
        Chromium.assertFits(olga, "breakglasses");
        reads(olga.locator("tbody"), "reviewed");
    }
}
