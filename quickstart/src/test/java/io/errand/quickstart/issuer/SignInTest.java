package io.errand.quickstart.issuer;

import static io.errand.quickstart.issuer.RelyingParty.location;
import static io.errand.quickstart.issuer.RelyingParty.parameter;
import static io.errand.quickstart.issuer.RelyingParty.parameterOrNull;
import static io.errand.quickstart.issuer.RelyingParty.redemption;
import static io.errand.quickstart.issuer.RelyingParty.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.errand.api.Json;
import io.errand.cli.CommandFailed;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** People sign in with OIDC's code flow at the development issuer, as the console does it. */
class SignInTest {

    private static final String HOSTILE = "\"><script>alert(1)</script>'&\r\nSet-Cookie: a=b";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path data;

    private final SettableClock clock = new SettableClock();

    @SuppressWarnings("NullAway.Init")
    private DevelopmentIssuer issuer;

    @SuppressWarnings("NullAway.Init")
    private RelyingParty console;

    @BeforeEach
    void start() throws Exception {
        issuer = DevelopmentIssuer.start(data, 0, RelyingParty.BROKER, clock);
        console = new RelyingParty(issuer, data);
    }

    @AfterEach
    void stop() {
        console.close();
        issuer.close();
    }

    @Test
    void aPersonsIdTokenIsWhatTheConsoleAskedFor() throws Exception {
        assertThat(console.page(request()).statusCode()).isEqualTo(200);
        HttpResponse<String> back = console.signIn(request(), console.somebody("anna"));
        assertThat(parameter(back, "state")).isEqualTo("a state");

        HttpResponse<String> answer = console.redeem(redemption(parameter(back, "code")));

        SignedJWT token = console.verified(answer);
        assertThat(token.getHeader().toJSONObject()).containsEntry("typ", "JWT").containsEntry("alg", "ES256");
        JWTClaimsSet claims = token.getJWTClaimsSet();
        assertThat(claims.getIssuer())
                .isEqualTo(console.discovery().path("issuer").asString());
        assertThat(claims.getSubject()).isEqualTo("anna");
        assertThat(claims.getAudience()).containsExactly("errand-console");
        assertThat(claims.getStringClaim("nonce")).isEqualTo("a-nonce");
        assertThat(claims.getStringListClaim("roles")).containsExactly("errand.approver");
        assertThat(claims.getStringListClaim("groups")).containsExactly("finance");
        assertThat(claims.getExpirationTime().getTime() - claims.getIssueTime().getTime())
                .isEqualTo(300_000);
        assertThat(claims.getClaims()).doesNotContainKeys("scope", "at_hash");
        JsonNode body = Json.mapper().readTree(answer.body());
        assertThat(body.path("token_type").asString()).isEqualTo("Bearer");
        assertThat(body.path("access_token").asString()).matches("[0-9a-f]{48}");
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
    }

    @Test
    void somebodyWhoIsNotReadyIsMadeUp() throws Exception {
        Map<String, String> form = console.somebody("");
        form.putAll(Map.of("subject", " Zoë <z@example.org> ", "errand.operator", "yes", "errand.approver", "yes"));
        form.put("groups", "finance, ,legal,finance");

        String code = parameter(console.signIn(request(), form), "code");

        JWTClaimsSet claims = console.verified(console.redeem(redemption(code))).getJWTClaimsSet();
        assertThat(claims.getSubject()).isEqualTo("Zoë <z@example.org>");
        assertThat(claims.getStringListClaim("roles")).containsExactly("errand.operator", "errand.approver");
        assertThat(claims.getStringListClaim("groups")).containsExactly("finance", "legal");
    }

    @Test
    void theDocumentsSayWhatIsThere() throws Exception {
        JsonNode people = console.discovery();
        JsonNode workloads = Json.mapper()
                .readTree(console.get(issuer.tokens().workloads() + "/.well-known/openid-configuration")
                        .body());

        assertThat(people.path("code_challenge_methods_supported").values())
                .extracting(JsonNode::asString)
                .containsExactly("S256");
        assertThat(people.path("token_endpoint_auth_methods_supported").values())
                .extracting(JsonNode::asString)
                .containsExactly("none");
        assertThat(workloads.has("authorization_endpoint")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "http://127.0.0.1:9000/console/signed-in/",
                "http://127.0.0.1:9000/console/signed-in?a=b",
                "http://127.0.0.1:9000/console/signed-in#",
                "http://127.0.0.1:9000/console/signed-in/../../x",
                "http://127.0.0.1:9000/console/signed-in%00",
                "http://127.0.0.1:9000/console/signed",
                "http://127.0.0.1:9000/",
                "http://127.0.0.1:9000@evil.example/console/signed-in",
                "http://evil.example@127.0.0.1:9000/console/signed-in",
                "http://127.0.0.1:9000.evil.example/console/signed-in",
                "http://127.0.0.1:90001/console/signed-in",
                "http://localhost:9000/console/signed-in",
                "https://127.0.0.1:9000/console/signed-in",
                "HTTP://127.0.0.1:9000/console/signed-in",
                "http://127.0.0.1:9000/Console/signed-in",
                " http://127.0.0.1:9000/console/signed-in",
                "//127.0.0.1:9000/console/signed-in",
                "/console/signed-in",
                "javascript:alert(1)"
            })
    void anAddressThatIsNotTheConsolesGetsNothing(String redirectUri) throws Exception {
        Map<String, String> request = request();
        request.put("redirect_uri", redirectUri);

        refusedOnAPage(request);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "other", "errand-console ", "Errand-Console", "errand-console\u0000"})
    void anotherClientGetsNothing(String client) throws Exception {
        Map<String, String> request = request();
        request.put("client_id", client);

        refusedOnAPage(request);
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_id", "redirect_uri"})
    void whoAsksMustBeSaidOnce(String name) throws Exception {
        String request = RelyingParty.encoded(request());
        String again = name + "=" + request().get(name);

        HttpResponse<String> answer =
                console.get(console.endpoint("authorization_endpoint") + "?" + request + "&" + again);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Location")).isEmpty();
    }

    private void refusedOnAPage(Map<String, String> request) throws Exception {
        for (HttpResponse<String> answer :
                List.of(console.page(request), console.signIn(request, console.somebody("anna")))) {
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.headers().firstValue("Location")).isEmpty();
            assertThat(answer.body())
                    .contains("The application that sent you here")
                    .doesNotContain("<form");
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            response_type,         '',     invalid_request
            response_type,         token,  unsupported_response_type
            response_type,         code id_token, unsupported_response_type
            scope,                 '',     invalid_scope
            scope,                 openid2, invalid_scope
            code_challenge,        '',     invalid_request
            code_challenge,        short,  invalid_request
            code_challenge,        dBjftJeZ4CVP-mB92K27uhbUJU1p1r+wW1gFWFOEjXk, invalid_request
            code_challenge_method, '',     invalid_request
            code_challenge_method, plain,  invalid_request
            code_challenge_method, s256,   invalid_request
            nonce,                 '',     invalid_request
            """)
    void aBadRequestIsTheConsolesToHearOf(String name, String value, String error) throws Exception {
        Map<String, String> request = request();
        request.put(name, value);

        for (HttpResponse<String> answer :
                List.of(console.page(request), console.signIn(request, console.somebody("anna")))) {
            assertThat(parameter(answer, "error")).isEqualTo(error);
            assertThat(parameter(answer, "state")).isEqualTo("a state");
            assertThat(parameterOrNull(answer, "code")).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({"nonce=b, a state", "state=b, ", "unknown=1&unknown=1, a state"})
    void aRepeatedParameterIsRefused(String again, String state) throws Exception {
        HttpResponse<String> answer = console.get(
                console.endpoint("authorization_endpoint") + "?" + RelyingParty.encoded(request()) + "&" + again);

        assertThat(parameter(answer, "error")).isEqualTo("invalid_request");
        assertThat(parameterOrNull(answer, "state")).isEqualTo(state);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "wrong", "password", HOSTILE})
    void aWrongPasswordIsTheFormAgain(String password) throws Exception {
        Map<String, String> form = console.somebody("otto");
        form.put("password", password);

        wrong(form);
    }

    @Test
    void almostThePasswordIsWrongToo() throws Exception {
        Map<String, String> form = console.somebody("otto");
        String right = String.valueOf(form.get("password"));
        for (String almost : List.of(right.substring(1), right + "0", right + right, right.substring(0, 47) + "-")) {
            form.put("password", almost);
            wrong(form);
        }
    }

    private void wrong(Map<String, String> form) throws Exception {
        HttpResponse<String> answer = console.signIn(request(), form);

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("Location")).isEmpty();
        assertThat(answer.body())
                .contains("This is not the password.", "value=\"otto\" checked")
                .doesNotContain("value=\"dev-admin\" checked");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "a\u0000b", "line\nbreak"})
    void nobodyCannotSignIn(String subject) throws Exception {
        Map<String, String> form = console.somebody("");
        form.put("subject", subject);

        assertThat(console.signIn(request(), form).statusCode()).isEqualTo(422);
    }

    @Test
    void whoTurnsBackIsNotSignedIn() throws Exception {
        HttpResponse<String> answer = console.signIn(request(), Map.of("cancel", "yes"));

        assertThat(parameter(answer, "error")).isEqualTo("access_denied");
        assertThat(parameter(answer, "state")).isEqualTo("a state");
    }

    @Test
    void whatIsSentIsNeverMarkupNorAHeader() throws Exception {
        for (String name : request().keySet()) {
            Map<String, String> request = request();
            request.put(name, HOSTILE);
            for (HttpResponse<String> answer :
                    List.of(console.page(request), console.signIn(request, console.somebody("anna")))) {
                assertThat(answer.body()).doesNotContain("<script", "alert");
                assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
                assertThat(answer.headers().firstValue("Location").orElse(""))
                        .doesNotContain("<", ">", "\"", "'", "\r", "\n");
            }
        }
        Map<String, String> form = new LinkedHashMap<>(Map.of("password", "wrong"));
        for (String name : List.of("person", "subject", "groups", "errand.admin", "more")) {
            form.put(name, HOSTILE);
        }
        String page = console.signIn(request(), form).body();
        assertThat(page)
                .doesNotContain("<script")
                .contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;");

        Map<String, String> request = request();
        request.put("state", HOSTILE);
        assertThat(parameter(console.signIn(request, console.somebody("anna")), "state"))
                .isEqualTo(HOSTILE);
    }

    @Test
    void thePageRunsNothingAndIsInNobodysFrame() throws Exception {
        HttpResponse<String> page = console.page(request());

        assertThat(page.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy)
                        .contains("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
                        .doesNotContain("unsafe", "*", "script-src"));
        assertThat(page.headers().firstValue("X-Frame-Options")).contains("DENY");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(page.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(page.body()).doesNotContain("<script", "http-equiv", " style=");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            code,          0123456789,   invalid_grant
            code,          '',           invalid_request
            code_verifier, dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK, invalid_grant
            code_verifier, '',           invalid_request
            redirect_uri,  http://127.0.0.1:9000/console, invalid_grant
            redirect_uri,  '',           invalid_request
            client_id,     another,      invalid_client
            client_id,     '',           invalid_request
            grant_type,    password,     unsupported_grant_type
            grant_type,    '',           invalid_request
            """)
    void aCodeIsForTheOneWhoAskedForIt(String name, String value, String error) throws Exception {
        Map<String, String> form = redemption(console.code("anna"));
        form.put(name, value);

        assertError(console.redeem(form), 400, error);
    }

    @Test
    void theChallengeItselfIsNoVerifier() throws Exception {
        Map<String, String> form = redemption(console.code("anna"));
        form.put("code_verifier", RelyingParty.challenge());

        assertError(console.redeem(form), 400, "invalid_grant");
        assertError(console.redeem(redemption(String.valueOf(form.get("code")))), 400, "invalid_grant");
    }

    @Test
    void aCodeIsUsedOnce() throws Exception {
        Map<String, String> form = redemption(console.code("anna"));
        assertThat(console.redeem(form).statusCode()).isEqualTo(200);

        assertError(console.redeem(form), 400, "invalid_grant");
    }

    @ParameterizedTest
    @CsvSource({"60, 200", "61, 400", "86400, 400"})
    void aCodeLivesAMinute(long seconds, int status) throws Exception {
        String code = console.code("anna");

        clock.move(Duration.ofSeconds(seconds));

        assertThat(console.redeem(redemption(code)).statusCode()).isEqualTo(status);
    }

    @Test
    void theTokenEndpointTakesOneFormOnly() throws Exception {
        String url = console.endpoint("token_endpoint").toString();
        String form = RelyingParty.encoded(redemption(console.code("anna")));

        assertThat(console.get(url + "?" + form).statusCode()).isEqualTo(405);
        assertThat(console.get(url).headers().firstValue("Allow")).contains("POST");
        assertError(console.send("POST", url, "application/json", "{}"), 415, "invalid_request");
        assertError(console.post(url, form + "&code=x"), 400, "invalid_request");
        assertError(console.post(url, form + "&scope=%zz"), 400, "invalid_request");
        assertError(console.post(url, form + "&more=" + "x".repeat(9_000)), 413, "invalid_request");
        assertThat(console.post(url, form).statusCode()).isEqualTo(200);
    }

    private static void assertError(HttpResponse<String> answer, int status, String error) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonNode body = Json.mapper().readTree(answer.body());
        assertThat(body.path("error").asString()).isEqualTo(error);
        assertThat(body.path("error_description").asString()).isNotBlank();
        assertThat(body.has("id_token")).isFalse();
    }

    @Test
    void thePasswordIsKeptForItsOwnerOnly() throws Exception {
        Path file = DevelopmentIssuer.passwordFile(data);
        String kept = Files.readString(file);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(kept.strip()).matches("[0-9a-f]{48}");
        assertThat(DevelopmentPassword.loadOrCreate(data).is(kept)).isTrue();
        Files.writeString(file, "\n");
        assertThatThrownBy(() -> DevelopmentPassword.loadOrCreate(data))
                .isInstanceOf(CommandFailed.class)
                .hasMessageContaining("delete the file for a new one");
    }

    @Test
    void theRedirectIsTheOnlyThingThatLeaves() throws Exception {
        HttpResponse<String> answer = console.signIn(request(), console.somebody("vera"));

        assertThat(location(answer))
                .matches("http://127.0.0.1:9000/console/signed-in\\?code=[0-9a-f]{48}&state=a\\+state");
        assertThat(answer.headers().firstValue("Referrer-Policy")).contains("no-referrer");
        assertThat(answer.body()).isEmpty();
    }
}
