package io.errand.quickstart.issuer;

import com.sun.net.httpserver.HttpExchange;
import io.errand.cli.DevelopmentTokens;
import io.errand.quickstart.Passwords;
import io.errand.quickstart.issuer.Codes.Issued;
import io.errand.quickstart.issuer.Sent.Form;
import io.errand.quickstart.issuer.Sent.Unreadable;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A code becomes an ID token (RFC 6749 §4.1.3, OIDC Core §3.1.3). The client is public: PKCE is what it proves itself by. */
record TokenEndpoint(Client client, Codes codes, DevelopmentTokens tokens) implements Endpoint.Handler {

    private static final Duration TTL = Duration.ofMinutes(5);

    @Override
    public Reply answer(HttpExchange exchange) throws IOException {
        return switch (Sent.body(exchange)) {
            case Unreadable body -> refused(body.status(), "invalid_request", body.why());
            case Form form -> answer(form);
        };
    }

    private Reply answer(Form form) {
        if (!form.repeated().isEmpty()) {
            return refused(400, "invalid_request", "A parameter is repeated.");
        }
        for (String needed : List.of("grant_type", "client_id", "code", "redirect_uri", "code_verifier")) {
            if (!form.has(needed)) {
                return refused(400, "invalid_request", needed + " is missing.");
            }
        }
        if (!form.is("grant_type", "authorization_code")) {
            return refused(400, "unsupported_grant_type", "grant_type must be authorization_code.");
        }
        if (!form.is("client_id", client.id())) {
            return refused(400, "invalid_client", "This client is not known.");
        }
        return codes.redeem(
                        form.text("code"),
                        form.text("client_id"),
                        form.text("redirect_uri"),
                        form.text("code_verifier"))
                .map(this::granted)
                .orElseGet(() -> refused(
                        400, "invalid_grant", "The code is unknown, used, too old, or was made for something else."));
    }

    private Reply granted(Issued issued) {
        return Reply.json(
                200,
                Map.of(
                        "id_token", idToken(issued),
                        // Required by RFC 6749 §5.1, and good for nothing: nobody here accepts one.
                        "access_token", Passwords.next(),
                        "token_type", "Bearer",
                        "expires_in", TTL.toSeconds(),
                        "scope", "openid"));
    }

    /** OIDC Core §2. */
    private String idToken(Issued issued) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("nonce", issued.request().nonce());
        claims.put("auth_time", issued.at().getEpochSecond());
        claims.put("amr", List.of("pwd"));
        claims.put("preferred_username", issued.person().subject());
        claims.put("roles", issued.person().roles());
        claims.put("groups", issued.person().groups());
        return tokens.token(
                tokens.people(), issued.person().subject(), issued.client().id(), TTL, claims);
    }

    private static Reply refused(int status, String error, String why) {
        return Reply.json(status, Map.of("error", error, "error_description", why));
    }
}
