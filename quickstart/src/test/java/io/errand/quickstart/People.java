package io.errand.quickstart;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;

/** People at the console of a local broker: each has a browser window, and signs in as anybody would. */
public final class People {

    private final LocalBroker broker;
    private final Chromium chromium;

    public People(LocalBroker broker, Chromium chromium) {
        this.broker = broker;
        this.chromium = chromium;
    }

    /** Nobody is signed in there yet. */
    public Page window() {
        return chromium.window();
    }

    /** One whom the sign-in page offers. */
    public Page comes(String ready) {
        Page page = window();
        page.navigate(broker.url() + "/console");
        signIn(page, ready);
        return page;
    }

    /** Somebody who is made up. */
    public Page comes(String subject, List<String> roles, String groups) {
        Page page = window();
        page.navigate(broker.url() + "/console");
        page.getByLabel("somebody else").check();
        page.getByLabel("Name").fill(subject);
        roles.forEach(role -> page.getByRole(AriaRole.CHECKBOX, new Page.GetByRoleOptions().setName(role))
                .check());
        page.getByLabel("Groups").fill(groups);
        send(page);
        return page;
    }

    /** On the page that the console has led to. */
    public void signIn(Page page, String ready) {
        page.locator("input[name=person][value=" + ready + "]").check();
        send(page);
    }

    private void send(Page page) {
        page.getByLabel("Development password").fill(password());
        press(page, "Sign in");
        page.waitForURL(broker.url() + "/console/**");
    }

    public String password() {
        try {
            return Files.readString(broker.passwordFile()).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A button, with the mouse. */
    public static void press(Page page, String button) {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button))
                .click();
    }

    /** All of these, there, as soon as the page is the next one. */
    public static void reads(Locator place, String... texts) {
        for (String text : texts) {
            PlaywrightAssertions.assertThat(place).containsText(text);
        }
    }

    public static boolean isOffered(Page page, String button) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button))
                .isVisible();
    }

    /** To what is called so, with the keyboard. */
    public static void tabTo(Page page, String name) {
        for (int i = 0; i < 60; i++) {
            page.keyboard().press("Tab");
            if (page.locator(":focus").count() == 1 && name.equals(nameOfFocus(page))) {
                return;
            }
        }
        throw new AssertionError("No Tab leads to " + name + " on " + page.url());
    }

    private static String nameOfFocus(Page page) {
        return String.valueOf(
                page.locator(":focus")
                        .evaluate(
                                "e => (e.labels && e.labels[0] ? e.labels[0].innerText : e.innerText || e.value || '').trim()"));
    }
}
