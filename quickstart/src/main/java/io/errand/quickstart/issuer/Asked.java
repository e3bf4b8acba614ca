package io.errand.quickstart.issuer;

import io.errand.quickstart.issuer.Sent.Form;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2.1) turns out to be. */
sealed interface Asked {

    /** From nobody known, or for an address that is not the client's: never a redirect (RFC 6749 §3.1.2.4). */
    record Untrusted(String why) implements Asked {}

    /** The client is told so at its own address (RFC 6749 §4.1.2.1). */
    record Refused(String error, String why, @Nullable String state) implements Asked {}

    /** @param challenge of PKCE with S256: what the client will show the other half of */
    record Accepted(
            String challenge, String nonce, @Nullable String state) implements Asked {}

    /** SHA-256 in base64url (RFC 7636 §4.2). */
    Pattern CHALLENGE = Pattern.compile("[A-Za-z0-9_-]{43}");

    static Asked of(Client client, Form form) {
        if (!form.is("client_id", client.id())) {
            return new Untrusted("The application that sent you here is not known.");
        }
        if (!form.is("redirect_uri", client.redirectUri())) {
            return new Untrusted(
                    "The application that sent you here wants the answer at an address that is not its own.");
        }
        if (!form.repeated().isEmpty()) {
            String state = form.repeated().contains("state") ? null : form.get("state");
            return new Refused("invalid_request", "a parameter is repeated", state);
        }
        String challenge = form.text("code_challenge");
        String nonce = form.get("nonce");
        if (!form.has("response_type")) {
            return refused(form, "invalid_request", "response_type is missing");
        }
        if (!form.is("response_type", "code")) {
            return refused(form, "unsupported_response_type", "response_type must be code");
        }
        if (!List.of(form.text("scope").split(" ", -1)).contains("openid")) {
            return refused(form, "invalid_scope", "scope must contain openid");
        }
        // RFC 7636 §4.3: without a method the challenge would be the verifier itself.
        if (!form.is("code_challenge_method", "S256")
                || !CHALLENGE.matcher(challenge).matches()) {
            return refused(form, "invalid_request", "code_challenge with the code_challenge_method S256 is required");
        }
        return nonce == null
                ? refused(form, "invalid_request", "nonce is missing")
                : new Accepted(challenge, nonce, form.get("state"));
    }

    private static Refused refused(Form form, String error, String why) {
        return new Refused(error, why, form.get("state"));
    }
}
