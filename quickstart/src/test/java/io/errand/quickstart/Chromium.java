package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ViewportSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;

/**
 * A real browser: {@code ERRAND_CHROMIUM_BIN}, else the one of Debian's package; without it a test is skipped, unless
 * {@code ERRAND_REQUIRE_ALL=true}. It has a window of its own for each person, and remembers what must not happen in any.
 */
public final class Chromium implements AutoCloseable {

    private static final List<String> FLAGS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final Browser browser;
    private final List<String> amiss = new ArrayList<>();

    private static final int PHONE = 360;

    /** On a machine that does much at once, in milliseconds. */
    private static final double PATIENCE = 30_000;

    private Chromium(Path program) {
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(program)
                        .setHeadless(true)
                        .setArgs(FLAGS));
    }

    public static Chromium start() {
        Path program = Path.of(Objects.requireNonNullElse(System.getenv("ERRAND_CHROMIUM_BIN"), "/usr/bin/chromium"));
        if (!Files.isExecutable(program)) {
            if (!"true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
                Assumptions.abort("no Chromium (ERRAND_CHROMIUM_BIN)");
            }
            throw new AssertionError("No Chromium (ERRAND_CHROMIUM_BIN)");
        }
        return new Chromium(program);
    }

    /** A window with cookies of its own, which may only speak to this machine. */
    public Page window() {
        BrowserContext context = browser.newContext();
        context.onPage(this::watch);
        return context.newPage();
    }

    private void watch(Page page) {
        page.onDialog(dialog -> {
            amiss.add("dialog: " + dialog.message());
            dialog.dismiss();
        });
        page.onPageError(error -> amiss.add("error: " + error));
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                amiss.add(message.type() + ": " + message.text() + " at " + message.location());
            }
        });
        page.onRequest(request -> {
            if (!request.url().startsWith("http://127.0.0.1:")) {
                amiss.add("request: " + request.url());
            }
        });
    }

    /** No dialog, no error (a violation of the Content-Security-Policy is one), no request to another machine. */
    public void assertNothingAmiss() {
        assertThat(takeAmiss()).isEmpty();
    }

    /** What went amiss so far, which a test expects; it is forgotten. */
    public List<String> takeAmiss() {
        List<String> taken = List.copyOf(amiss);
        amiss.clear();
        return taken;
    }

    public void closeWindows() {
        List.copyOf(browser.contexts()).forEach(BrowserContext::close);
    }

    /** For people to look at. */
    public static void photograph(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setFullPage(true)
                .setPath(Path.of("target", "screenshots", name + ".png")));
    }

    /** On a desk and on a phone, where nobody scrolls sideways. */
    public static void assertFits(Page page, String name) {
        photograph(page, name);
        ViewportSize desk = page.viewportSize();
        page.setViewportSize(PHONE, desk.height);
        photograph(page, name + "-on-a-phone");
        assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(PHONE);
        page.setViewportSize(desk.width, desk.height);
    }

    @Override
    public void close() {
        playwright.close();
    }
}
