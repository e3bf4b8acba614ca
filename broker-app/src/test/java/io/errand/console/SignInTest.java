package io.errand.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.AuthorizationCodes.Asked;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Visitor;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Only people of the administrators' issuer with a role come in, each by a sign-in that they began; and out they are out. */
@BrokerTest
class SignInTest {

    private static final Map<String, Object> APPROVER = Map.of("roles", List.of("errand.approver"));

    private final int port;
    private final Scene scene;
    private final JdbcClient jdbc;
    private final Visitor visitor;
    private final String subject = Scene.name("visitor");

    SignInTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.port = port;
        this.scene = new Scene(port);
        this.jdbc = jdbc;
        this.visitor = new Visitor(port);
    }

    private Answer comeBack(Asked asked, Map<String, Object> claims) {
        return visitor.comeBack(asked, Surroundings.PEOPLE, shape -> shape, subject, claims);
    }

    private long events(String kind) {
        return scene.events("kind=" + kind).stream()
                .filter(event -> event.path("who").asString("").equals("person:people:" + subject))
                .count();
    }

    private void assertStillOutside(Answer answer, int status) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("text/html");
        assertThat(visitor.get("/console/approvals").status()).isEqualTo(303);
        assertThat(events("console.signed_in")).isZero();
    }

    @Test
    void aSignInLeadsToThePageThatWasWanted() {
        Asked asked = visitor.begin("/console/approvals?state=any");

        Answer in = comeBack(asked, APPROVER);

        assertThat(in.status()).as(in.text()).isEqualTo(303);
        assertThat(in.header("Location")).isEqualTo("/console/approvals?state=any");
        Answer page = visitor.get(in.header("Location"));
        assertThat(page.status()).isEqualTo(200);
        assertThat(Visitor.text(page)).contains("person:people:" + subject);
        assertThat(events("console.signed_in")).isEqualTo(1);
    }

    @Test
    void whatIsAskedOfTheIssuerIsACodeForThisClientWithPkceAndNonce() {
        Asked asked = visitor.begin("/console/approvals");

        assertThat(asked.parameters())
                .containsEntry("response_type", "code")
                .containsEntry("client_id", BrokerTest.CONSOLE)
                .containsEntry("redirect_uri", BrokerTest.ISSUER + "/console/signed-in")
                .containsEntry("scope", "openid")
                .containsEntry("code_challenge_method", "S256")
                .containsKeys("state", "nonce", "code_challenge");
    }

    @Test
    void cookiesAreForThisHostAloneAndNoScriptReadsThem() {
        visitor.begin("/console/approvals");
        Answer begun = visitor.get("/console/sign-in/administrators");

        assertThat(begun.header("Set-Cookie"))
                .startsWith("__Host-errand-sign-in=")
                .contains("; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Lax");
        Answer in = comeBack(Visitor.asked(begun), APPROVER);
        assertThat(in.headers().allValues("Set-Cookie"))
                .anySatisfy(cookie -> assertThat(cookie)
                        .startsWith("__Host-errand-session=")
                        .contains("; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Lax", "Max-Age=3600"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/",
                "//evil.example/console",
                "/\\evil.example",
                "/console/../admin",
                "/console/approvals#x",
                "/console//evil.example",
                "javascript:alert(1)",
                "/consoles",
                "/console/approvals?to=https://evil.example"
            })
    void nobodyIsSentElsewhere(String to) {
        Answer begun = visitor.get("/console/sign-in/administrators?to="
                + java.net.URLEncoder.encode(to, java.nio.charset.StandardCharsets.UTF_8));

        Answer in = comeBack(Visitor.asked(begun), APPROVER);

        assertThat(in.header("Location")).isEqualTo("/console/approvals");
    }

    @Test
    void anotherState() {
        Asked asked = visitor.begin("/console/approvals");
        String code = Surroundings.PEOPLE.codes().code(asked, idToken(asked, claims -> {}));

        assertStillOutside(visitor.callback(code, "another"), 400);
    }

    @Test
    void anotherBrowserThanBeganIt() {
        Asked attackers = new Visitor(port).begin("/console/approvals");
        String code = Surroundings.PEOPLE.codes().code(attackers, idToken(attackers, claims -> {}));

        assertStillOutside(visitor.callback(code, attackers.get("state")), 400);
    }

    @Test
    void anotherSignInsCode() {
        Asked attackers = new Visitor(port).begin("/console/approvals");
        String code = Surroundings.PEOPLE.codes().code(attackers, idToken(attackers, claims -> {}));
        Asked asked = visitor.begin("/console/approvals");

        assertStillOutside(visitor.callback(code, asked.get("state")), 403); // its verifier is another
    }

    @Test
    void aCodeTwice() {
        Asked asked = visitor.begin("/console/approvals");
        Map<String, String> cookies = new HashMap<>(visitor.cookies());
        String code = Surroundings.PEOPLE.codes().code(asked, idToken(asked, claims -> claims.claim("roles", "none")));
        visitor.callback(code, asked.get("state"));
        visitor.cookies().putAll(cookies);

        assertStillOutside(visitor.callback(code, asked.get("state")), 403);
    }

    private String idToken(Asked asked, Consumer<com.nimbusds.jwt.JWTClaimsSet.Builder> shape) {
        return Surroundings.PEOPLE.token(subject, claims -> {
            claims.audience(BrokerTest.CONSOLE)
                    .claim("nonce", asked.get("nonce"))
                    .claim("roles", List.of("errand.approver"));
            shape.accept(claims);
        });
    }

    private void assertNotTrusted(Consumer<com.nimbusds.jwt.JWTClaimsSet.Builder> shape, String reason) {
        Asked asked = visitor.begin("/console/approvals");
        long before = refusals(reason);

        String code = Surroundings.PEOPLE.codes().code(asked, idToken(asked, shape));

        assertStillOutside(visitor.callback(code, asked.get("state")), 403);
        assertThat(refusals(reason) - before).isEqualTo(1);
    }

    private long refusals(String reason) {
        return scene.events("kind=console.refused").stream()
                .filter(event ->
                        event.path("details").path("reason").asString("").equals(reason))
                .count();
    }

    @Test
    void anIdTokenForAnotherClient() {
        assertNotTrusted(claims -> claims.audience("another"), "audience_mismatch");
        assertNotTrusted(claims -> claims.audience(BrokerTest.ISSUER + "/admin"), "audience_mismatch");
        assertNotTrusted(claims -> claims.audience(List.of(BrokerTest.CONSOLE, "another")), "audience_mismatch");
        assertNotTrusted(claims -> claims.claim("azp", "another"), "audience_mismatch");
    }

    @Test
    void anIdTokenThatIsOver() {
        Instant past = Instant.now().minusSeconds(600);
        assertNotTrusted(
                claims -> claims.issueTime(Date.from(past.minusSeconds(60))).expirationTime(Date.from(past)),
                "expired");
    }

    @Test
    void anAccessTokenInPlaceOfAnIdToken() {
        assertNotTrusted(claims -> claims.claim("scope", "openid"), "type_mismatch");
    }

    @Test
    void anIdTokenOfAnotherIssuer() {
        Asked asked = visitor.begin("/console/approvals");
        long before = refusals("issuer_unknown");
        String foreign = Surroundings.WORKLOADS.token(
                subject,
                claims -> claims.audience(BrokerTest.CONSOLE)
                        .claim("nonce", asked.get("nonce"))
                        .claim("roles", List.of("errand.approver")));

        assertStillOutside(visitor.callback(Surroundings.PEOPLE.codes().code(asked, foreign), asked.get("state")), 403);

        assertThat(refusals("issuer_unknown") - before).isEqualTo(1);
    }

    @Test
    void anotherNonceOrNone() {
        for (String nonce : List.of("another", "")) {
            assertNotTrusted(claims -> claims.claim("nonce", nonce), "nonce_mismatch");
        }
    }

    @Test
    void nobodyComesInWithoutARole() {
        for (Object roles :
                List.of(List.of(), List.of("errand.pep", "errand.introspect"), List.of("admin"), "errand.admin")) {
            Asked asked = visitor.begin("/console/approvals");

            assertStillOutside(comeBack(asked, Map.of("roles", roles)), 403);
        }
        assertThat(events("console.refused")).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not json",
                "[]",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\"}",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"x\"}",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":17}",
                "{\"error\":\"server_error\"}"
            })
    void aTokenEndpointThatAnswersNoIdToken(String body) {
        Asked asked = visitor.begin("/console/approvals");
        String code = Surroundings.PEOPLE.codes().codeWithAnswer(asked, body);

        Answer answer = visitor.callback(code, asked.get("state"));

        assertThat(answer.status()).as(answer.text()).isIn(403, 503);
        assertStillOutside(answer, answer.status());
    }

    @Test
    void aTokenEndpointThatAnswersWithoutEnd() {
        Asked asked = visitor.begin("/console/approvals");
        String code = Surroundings.PEOPLE
                .codes()
                .codeWithAnswer(asked, "{\"access_token\":\"" + "x".repeat(1_000_000) + "\"}");

        assertStillOutside(visitor.callback(code, asked.get("state")), 503);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "?code=x",
                "?state=x",
                "?code=x&state=x",
                "?code=x&code=y&state=x",
                "?error=access_denied&state=x",
                "?error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%3Cscript%3E&state=x"
            })
    void whoComesBackFromNowhere(String query) {
        Answer answer = visitor.get("/console/signed-in" + query);

        assertStillOutside(answer, 400);
        assertThat(answer.text()).doesNotContain("<script");
    }

    @ParameterizedTest
    @ValueSource(strings = {"access_denied", "invalid_request", "server_error", "invalid_nonce", "invalid_nonce&code="})
    void anIssuerThatSaysNo(String error) {
        Asked asked = visitor.begin("/console/approvals");
        long before = refusals("nonce_mismatch");

        Answer answer = visitor.get("/console/signed-in?error=" + error + "&error_description=%3Cb%3Eno&state="
                + java.net.URLEncoder.encode(asked.get("state"), java.nio.charset.StandardCharsets.UTF_8));

        assertStillOutside(answer, 403);
        assertThat(answer.text()).doesNotContain("<b>no");
        assertThat(refusals("nonce_mismatch")).isEqualTo(before); // nobody showed a token
    }

    @Test
    void aTokenEndpointThatTakesThisForAnotherClient() {
        Asked asked = visitor.begin("/console/approvals");
        String code = Surroundings.PEOPLE.codes().codeWithAnswer(asked, "{\"error\":\"invalid_client\"}");

        assertStillOutside(visitor.callback(code, asked.get("state")), 503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "e30", "bnVsbA", "W10", "eyJzdGF0ZSI6IngifQ", "%%%"})
    void aPendingSignInThatIsNone(String cookie) {
        visitor.begin("/console/approvals");
        visitor.cookies().replaceAll((name, value) -> name.endsWith("sign-in") ? cookie : value);

        assertStillOutside(visitor.callback("x", "x"), 400);
    }

    @Test
    void anUnknownAddressOfSignIns() {
        assertThat(visitor.get("/console/sign-in/another").status()).isEqualTo(400);
        assertThat(visitor.get("/console/sign-in").status()).isEqualTo(303);
    }

    @Test
    void outIsOutWhoeverHasTheCookie() {
        Visitor inside = Visitor.signedIn(port, subject, List.of("errand.approver"), List.of());
        Map<String, String> copied = new HashMap<>(inside.cookies());
        assertThat(inside.get("/console/approvals").status()).isEqualTo(200);

        Answer out = inside.post("/console/sign-out", Map.of());

        assertThat(out.status()).isEqualTo(303);
        assertThat(Visitor.text(inside.get(out.header("Location")))).contains("You are signed out");
        Visitor thief = new Visitor(port);
        thief.cookies().putAll(copied);
        assertThat(thief.get("/console/approvals").status()).isEqualTo(303);
        assertThat(events("console.signed_out")).isEqualTo(1);
    }

    @Test
    void whoeverSignsInAnewLeavesTheSessionBefore() {
        Visitor inside = Visitor.signedIn(port, subject, List.of("errand.approver"), List.of());
        Map<String, String> before = new HashMap<>(inside.cookies());

        Answer again = inside.comeBack(
                Visitor.asked(inside.get("/console/sign-in/administrators")),
                Surroundings.PEOPLE,
                claims -> claims,
                subject,
                APPROVER);

        assertThat(again.status()).isEqualTo(303);
        assertThat(inside.get("/console/approvals").status()).isEqualTo(200);
        Visitor thief = new Visitor(port);
        thief.cookies().putAll(before);
        assertThat(thief.get("/console/approvals").status()).isEqualTo(303);
        assertThat(events("console.signed_out")).isEqualTo(1);
    }

    @Test
    void aSessionEndsOnTime() {
        Visitor inside = Visitor.signedIn(port, subject, List.of("errand.approver"), List.of());
        jdbc.sql("UPDATE console_session SET ends_at = now() WHERE who = :who")
                .param("who", "person:people:" + subject)
                .update();

        assertThat(inside.get("/console/approvals").status()).isEqualTo(303);
        Answer late = inside.post("/console/breakglass", Map.of());
        assertThat(late.status()).isIn(401, 403);
    }

    @Test
    void theTableHoldsNothingThatOpensASession() {
        Visitor inside = Visitor.signedIn(port, subject, List.of("errand.approver"), List.of());
        String value = inside.cookies().get("__Host-errand-session");

        List<String> rows = jdbc.sql("SELECT row_to_json(s)::text || encode(s.id, 'base64') FROM console_session s")
                .query(String.class)
                .list();

        assertThat(rows).isNotEmpty().noneMatch(row -> row.contains(value));
    }

    @Test
    void oneSessionAndNoOther() {
        Visitor inside = Visitor.signedIn(port, subject, List.of("errand.approver"), List.of());
        String value = inside.cookies().get("__Host-errand-session");
        Wire wire = Wire.at(port);

        assertThat(wire.with("Cookie", "__Host-errand-session=" + value)
                        .get("/console/approvals")
                        .status())
                .isEqualTo(200);
        assertThat(wire.with("Cookie", "__Host-errand-session=x; __Host-errand-session=" + value)
                        .get("/console/approvals")
                        .status())
                .isEqualTo(303);
        assertThat(wire.with("Cookie", "errand-session=" + value)
                        .get("/console/approvals")
                        .status())
                .isEqualTo(303);
    }

    @Test
    void asBearerTokenNeitherASessionNorAnIdTokenOpensTheApi() {
        Visitor inside = Visitor.signedIn(port, subject, List.of("errand.approver"), List.of());
        Wire wire = Wire.at(port);

        for (String token : List.of(
                inside.cookies().get("__Host-errand-session"),
                idToken(new Asked(Map.of("nonce", "x")), claims -> {}))) {
            assertThat(wire.as(token).get("/admin/v1/approvals").status()).isEqualTo(401);
        }
        assertThat(wire.with(
                                "Cookie",
                                "__Host-errand-session=" + inside.cookies().get("__Host-errand-session"))
                        .get("/admin/v1/approvals")
                        .status())
                .isEqualTo(401);
        assertThat(wire.as(Surroundings.PEOPLE.token(
                                subject,
                                claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                        .claim("roles", List.of("errand.approver"))))
                        .get("/console/approvals")
                        .status())
                .isEqualTo(303);
    }
}
