package io.errand.quickstart.issuer;

import com.sun.net.httpserver.HttpExchange;
import io.errand.quickstart.issuer.Asked.Accepted;
import io.errand.quickstart.issuer.Asked.Refused;
import io.errand.quickstart.issuer.Asked.Untrusted;
import io.errand.quickstart.issuer.Sent.Form;
import io.errand.quickstart.issuer.Sent.Unreadable;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a browser is sent to sign in. What the client asked for is in the address and stays there; the form sends who signs in,
 * with the password each time, so that nothing is kept between the two and no other page can send it.
 */
final class AuthorizationEndpoint implements Endpoint.Handler {

    private final Client client;
    private final DevelopmentPassword password;
    private final Codes codes;
    private final SignInPage page;

    AuthorizationEndpoint(Client client, DevelopmentPassword password, Codes codes) {
        this.client = client;
        this.password = password;
        this.codes = codes;
        this.page = new SignInPage(client);
    }

    @Override
    public Reply answer(HttpExchange exchange) throws IOException {
        return switch (Sent.query(exchange)) {
            case Unreadable query -> page.dead(query.status(), query.why());
            case Form query ->
                switch (Asked.of(client, query)) {
                    case Untrusted untrusted -> page.dead(400, untrusted.why());
                    case Refused refused ->
                        back(refused.state(), "error", refused.error(), "error_description", refused.why());
                    case Accepted accepted ->
                        exchange.getRequestMethod().equals("POST")
                                ? signIn(accepted, Sent.body(exchange))
                                : page.form(200, Filled.AT_FIRST, "");
                };
        };
    }

    private Reply signIn(Accepted request, Sent body) {
        return switch (body) {
            case Unreadable unreadable -> page.dead(unreadable.status(), unreadable.why());
            case Form form -> signIn(request, form);
        };
    }

    private Reply signIn(Accepted request, Form form) {
        if (!form.repeated().isEmpty()) {
            return page.dead(400, "A field was sent more than once.");
        }
        if (form.has("cancel")) {
            return back(request.state(), "error", "access_denied", "error_description", "nobody signed in");
        }
        Filled filled = Filled.of(form);
        if (!password.is(form.text("password"))) {
            return page.form(403, filled, "This is not the password.");
        }
        Optional<Person> person = filled.person();
        return person.isEmpty()
                ? page.form(422, filled, "Choose somebody, or give a name of up to 255 characters.")
                : back(request.state(), "code", codes.issue(client, request, person.get()));
    }

    /** To the client, with what it shall know. */
    private Reply back(@Nullable String state, String... parameters) {
        StringBuilder location = new StringBuilder(client.redirectUri());
        char separator = '?';
        for (int i = 0; i < parameters.length; i += 2) {
            location.append(separator).append(parameters[i]).append('=').append(encoded(parameters[i + 1]));
            separator = '&';
        }
        return Reply.seeOther(state == null ? location.toString() : location + "&state=" + encoded(state));
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
