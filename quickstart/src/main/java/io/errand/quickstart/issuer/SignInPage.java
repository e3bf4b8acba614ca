package io.errand.quickstart.issuer;

import io.errand.api.Sha256;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** The pages that people see: plain HTML, without script, in nobody's frame. */
final class SignInPage {

    private static final String STYLE = """
            body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 34rem; margin: 2rem auto; padding: 0 1rem }
            fieldset { border: 1px solid #767d86; border-radius: .4rem; margin: 0 0 1rem; padding: .5rem 1rem 1rem }
            legend { font-weight: 600; padding: 0 .3rem }
            label { display: block; margin: .4rem 0 }
            small { color: #4a525c }
            input[type=text], input[type=password] { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: .4rem; border: 1px solid #767d86; border-radius: .3rem }
            button { font: inherit; padding: .4rem 1.2rem; margin-right: .5rem }
            code { overflow-wrap: anywhere }
            .problem { border-left: .3rem solid #b3261e; padding: .4rem .8rem; background: #fdecea }
            .other { display: none }
            form:has(#other:checked) .other { display: block }
            """;

    private final String policy;
    private final String origin;

    SignInPage(Client client) {
        this.origin = client.origin();
        // Browsers hold form-action against the redirect that answers a form, too.
        this.policy = "default-src 'none'; style-src 'sha256-" + sha256(STYLE) + "'; form-action 'self' " + origin
                + "; frame-ancestors 'none'; base-uri 'none'";
    }

    /** @param problem what was wrong with the form as it was sent; empty: nothing */
    Reply form(int status, Filled filled, String problem) {
        // Without an action it goes to the page's own address, which holds the client's request.
        return page(status, "Sign in to Errand", """
                <p>to go on to the console at <code>%s</code></p>
                %s<form method="post">
                <fieldset>
                <legend>Who are you?</legend>
                %s</fieldset>
                %s<label>Development password
                <input type="password" name="password" autocomplete="current-password" aria-describedby="where" required></label>
                <p id="where"><small>It is in the file <code>sign-in-password</code> of the broker’s data directory.</small></p>
                <button type="submit">Sign in</button>
                <button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
                </form>
                <p><small>This issuer is for development on one machine: with the password everybody can be anybody.</small></p>
                """.formatted(
                Html.escaped(origin),
                problem.isEmpty() ? "" : "<p class=\"problem\" role=\"alert\">" + Html.escaped(problem) + "</p>\n",
                choices(filled),
                other(filled)));
    }

    /** Where nothing can go on. */
    Reply dead(int status, String why) {
        return page(
                status,
                "This does not work",
                "<p>" + Html.escaped(why) + "</p>\n<p>Start again from the console at <code>" + Html.escaped(origin)
                        + "</code>.</p>\n");
    }

    private Reply page(int status, String title, String body) {
        return Reply.page(status, """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s</title>
                <style>%s</style>
                </head>
                <body>
                <main>
                <h1>%s</h1>
                %s</main>
                </body>
                </html>
                """.formatted(Html.escaped(title), STYLE, Html.escaped(title), body), policy);
    }

    private static String choices(Filled filled) {
        String ready = Person.READY.stream()
                .map(person -> choice(
                        "",
                        person.subject(),
                        filled,
                        Html.escaped(person.subject()) + " <small>" + Html.escaped(said(person)) + "</small>"))
                .collect(Collectors.joining());
        return ready + choice("id=\"other\" ", Filled.OTHER, filled, "somebody else");
    }

    private static String choice(String id, String value, Filled filled, String label) {
        return "<label><input type=\"radio\" " + id + "name=\"person\" value=\"" + Html.escaped(value) + "\""
                + (filled.choice().equals(value) ? " checked" : "") + "> " + label + "</label>\n";
    }

    private static String said(Person person) {
        String roles = person.roles().equals(Person.ROLES) ? "every role" : String.join(", ", person.roles());
        return person.groups().isEmpty() ? roles : roles + " of " + String.join(", ", person.groups());
    }

    private static String other(Filled filled) {
        return """
                <fieldset class="other">
                <legend>Somebody else</legend>
                <label>Name (the token’s <code>sub</code>) <input type="text" name="subject" value="%s" maxlength="255" autocomplete="username"></label>
                %s<label>Groups, between commas <input type="text" name="groups" value="%s"></label>
                </fieldset>
                """.formatted(Html.escaped(filled.subject()), roles(filled.roles()), Html.escaped(filled.groups()));
    }

    private static String roles(List<String> chosen) {
        return Person.ROLES.stream()
                .map(role -> "<label><input type=\"checkbox\" name=\"" + role + "\" value=\"yes\""
                        + (chosen.contains(role) ? " checked" : "") + "> " + role + "</label>\n")
                .collect(Collectors.joining());
    }

    private static String sha256(String text) {
        return Base64.getEncoder().encodeToString(Sha256.of(text));
    }
}
