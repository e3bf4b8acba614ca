package io.errand.quickstart.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.sun.net.httpserver.HttpServer;
import io.errand.quickstart.Chromium;
import io.errand.quickstart.People;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page on which people sign in, as a browser shows it and as a keyboard uses it. */
class SignInInABrowserTest {

    @SuppressWarnings("NullAway.Init")
    private static Chromium chromium;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path data;

    /** In the broker's place: it says where the browser came back to. */
    @SuppressWarnings("NullAway.Init")
    private HttpServer broker;

    @SuppressWarnings("NullAway.Init")
    private DevelopmentIssuer issuer;

    @SuppressWarnings("NullAway.Init")
    private Page page;

    @SuppressWarnings("NullAway.Init")
    private String password;

    @BeforeAll
    static void browser() {
        chromium = Chromium.start();
    }

    @AfterAll
    static void closeBrowser() {
        if (chromium != null) { // skipped
            chromium.close();
        }
    }

    @BeforeEach
    void arrive() throws Exception {
        broker = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        broker.createContext("/", exchange -> {
            byte[] body = "back".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        broker.start();
        String origin = "http://127.0.0.1:" + broker.getAddress().getPort();
        issuer = DevelopmentIssuer.start(data, 0, origin);
        password = Files.readString(DevelopmentIssuer.passwordFile(data)).strip();
        Map<String, String> request = RelyingParty.request();
        request.put("redirect_uri", origin + "/console/signed-in");
        page = chromium.window();
        page.navigate(issuer.tokens().base() + "/people/authorize?" + RelyingParty.encoded(request));
    }

    @AfterEach
    void leave() {
        if (page != null) {
            page.context().close();
        }
        issuer.close();
        broker.stop(0);
    }

    @Test
    void aKeyboardIsEnough() {
        page.keyboard().press("Tab");
        page.keyboard().press("ArrowDown");
        page.keyboard().press("Tab");
        page.keyboard().type(password);
        Chromium.assertFits(page, "sign-in");
        page.keyboard().press("Enter");

        page.waitForURL("**/console/signed-in?code=*&state=*");
        chromium.assertNothingAmiss();
    }

    @Test
    void theFieldsForSomebodyElseComeWhenTheyAreNeeded() {
        Locator name = page.getByLabel("Name");
        Locator operator = page.getByRole(AriaRole.CHECKBOX, new Page.GetByRoleOptions().setName("errand.operator"));
        assertThat(name.isVisible()).isFalse();

        page.getByLabel("somebody else").check();

        name.fill("\"><script>alert(1)</script>");
        operator.check();
        page.getByLabel("Groups").fill("finance, legal");
        page.getByLabel("Development password").fill("wrong");
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign in"))
                .click();
        People.reads(page.getByRole(AriaRole.ALERT), "This is not the password.");
        assertThat(name.inputValue()).isEqualTo("\"><script>alert(1)</script>");
        assertThat(operator.isChecked()).isTrue();
        assertThat(page.getByLabel("Groups").inputValue()).isEqualTo("finance, legal");
        assertThat(page.getByLabel("Development password").inputValue()).isEmpty();
        Chromium.photograph(page, "sign-in-wrong-password");
        assertThat(chromium.takeAmiss()).allMatch(line -> line.contains("403"));

        page.getByLabel("Development password").fill(password);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign in"))
                .click();
        page.waitForURL("**/console/signed-in?code=*&state=*");
        chromium.assertNothingAmiss();
    }

    @Test
    void whoTurnsBackIsBackAtTheConsole() {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Cancel"))
                .click();

        page.waitForURL("**/console/signed-in?error=access_denied*");
        chromium.assertNothingAmiss();
    }
}
