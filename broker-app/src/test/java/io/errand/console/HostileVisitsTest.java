package io.errand.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.AuthorizationCodes.Asked;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Visitor;
import io.errand.testing.Wire.Answer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Whatever comes to the pages is told in a sentence what is wrong with it, and is no fault of the service. */
@BrokerTest
class HostileVisitsTest {

    private final int port;
    private final Scene scene;
    private final String subject = Scene.name("visitor");

    HostileVisitsTest(@LocalServerPort int port) {
        this.port = port;
        this.scene = new Scene(port);
    }

    private Visitor inside(String... roles) {
        return Visitor.signedIn(port, subject, List.of(roles), List.of("finance"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/console/%20",
                "/console/approvals?%20",
                "/console/approvals?aaa",
                "/admin/v1/approvals/aaa",
                "/console/sign-in/administrators?to=aaa",
                "/console/signed-in?code=aaa"
            })
    void anAddressWithoutEndIsNoFault(String shortOne) {
        String repeated = shortOne.substring(shortOne.length() - 3);
        for (int times : List.of(500, 1500, 2500, 4500)) {
            Answer answer = new Visitor(port).get(shortOne + repeated.repeat(times));

            assertThat(answer.status()).as(answer.text()).isLessThan(500);
        }
    }

    @Test
    void headIsGetWithoutThePage() {
        Visitor auditor = inside("errand.auditor");

        assertThat(head(auditor, "/console/approvals").statusCode()).isEqualTo(200);
        assertThat(head(auditor, "/console/nowhere").statusCode()).isEqualTo(404);
        HttpResponse<String> outside = head(new Visitor(port), "/console/approvals");
        assertThat(outside.statusCode()).isEqualTo(303);
        assertThat(outside.body()).isEmpty();
        assertThat(head(new Visitor(port), "/console/assets/console.css").statusCode())
                .isEqualTo(200);
        assertThat(scene.events("kind=console.refused"))
                .noneSatisfy(event -> assertThat(event.path("who").asString()).endsWith(subject));
    }

    private HttpResponse<String> head(Visitor visitor, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .HEAD();
        visitor.cookies().forEach((name, value) -> request.header("Cookie", name + "=" + value));
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "agent[999999999]",
                "agent.x",
                "agent[",
                "tools[0]",
                "class.module.name",
                "typed.agent",
                "_agent",
                "!agent"
            })
    void aFieldThatIsNone(String field) {
        Visitor operator = inside("errand.operator");
        operator.get("/console/breakglass/new");
        Map<String, String> form = new LinkedHashMap<>(
                Map.of("agent", "nobody", "tools", "none", "reason", "r", "ticket", "t", "minutes", "5"));
        form.put(field, "x");

        Answer answer = operator.post("/console/breakglass", form);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(Visitor.text(answer)).contains("There is no tool none.");
    }

    private String idToken(Asked asked, Consumer<com.nimbusds.jwt.JWTClaimsSet.Builder> shape) {
        return Surroundings.PEOPLE.token(subject, claims -> {
            claims.audience(BrokerTest.CONSOLE)
                    .claim("nonce", asked.get("nonce"))
                    .claim("roles", List.of("errand.approver"));
            shape.accept(claims);
        });
    }

    private Answer comeBack(Consumer<com.nimbusds.jwt.JWTClaimsSet.Builder> shape) {
        Visitor visitor = new Visitor(port);
        Asked asked = visitor.begin("/console/approvals");
        long from = System.nanoTime();
        Answer answer =
                visitor.callback(Surroundings.PEOPLE.codes().code(asked, idToken(asked, shape)), asked.get("state"));
        assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(4));
        return answer;
    }

    private void assertNoFault(Consumer<com.nimbusds.jwt.JWTClaimsSet.Builder> shape) {
        Answer answer = comeBack(shape);

        assertThat(answer.status()).as(answer.text()).isIn(303, 403, 503);
    }

    @Test
    void claimsOfEveryShape() {
        Map<String, Object> deep = Map.of("a", 1);
        for (int i = 0; i < 10; i++) {
            deep = Map.of("a", deep);
        }
        List<Object> odd = List.of(
                17,
                -1,
                1.5,
                1e300,
                true,
                "",
                "x",
                "\u0000",
                "\ud800",
                "\u202e",
                "x".repeat(8000),
                List.of(),
                List.of(1, "a"),
                List.of(List.of("a")),
                deep,
                Map.of("a", List.of()),
                "a\nb",
                Collections.nCopies(900, "errand.admin"));
        for (String claim : List.of(
                "groups",
                "roles",
                "email",
                "preferred_username",
                "azp",
                "nonce",
                "sub",
                "iss",
                "aud",
                "jti",
                "nbf",
                "iat",
                "exp",
                "auth_time",
                "acr",
                "amr",
                "at_hash",
                "typ",
                "updated_at",
                "email_verified",
                "address",
                "sid")) {
            for (Object value : odd) {
                assertNoFault(claims -> claims.claim(claim, value));
            }
        }
    }

    @Test
    void claimsWithoutEnd() {
        assertNoFault(claims -> claims.claim(
                "groups", IntStream.range(0, 10_000).mapToObj(i -> "g" + i).toList()));
        assertNoFault(claims -> claims.claim(
                "groups", IntStream.range(0, 1_000).mapToObj(i -> "g" + i).toList()));
        assertNoFault(claims -> claims.claim("email", "x".repeat(15_000)));
        assertNoFault(claims -> claims.claim("x", "x".repeat(60_000)));
        assertNoFault(claims -> claims.subject("\u202e<script>" + "\u0301".repeat(200)));
    }

    @Test
    void timesWithinTheSkewThatAreTheWrongWayRound() {
        Instant now = Instant.now();
        assertNoFault(claims ->
                claims.issueTime(Date.from(now.plusSeconds(40))).expirationTime(Date.from(now.plusSeconds(5))));
        assertNoFault(claims -> claims.issueTime(Date.from(now)).expirationTime(Date.from(now)));
        assertNoFault(claims -> claims.issueTime(null));
        assertNoFault(claims -> claims.notBeforeTime(Date.from(now.plusSeconds(50))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"access_token\":\"x\",\"token_type\":\"mac\",\"id_token\":\"x\"}",
                "{\"access_token\":\"\",\"token_type\":\"Bearer\",\"id_token\":\"x\"}",
                "{\"token_type\":\"Bearer\",\"id_token\":\"x\"}",
                "{\"access_token\":\"x\",\"token_type\":17,\"id_token\":\"x\"}",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"x\",\"expires_in\":\"abc\"}",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"x\",\"expires_in\":-1e300}",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"x\",\"expires_in\":9223372036854775807}",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"x\",\"scope\":[\"a\"]}",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":null}",
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"\"}",
                "{\"access_token\":[],\"token_type\":\"Bearer\",\"id_token\":\"a.b.c\"}",
                "{\"error\":17}",
                "{\"error\":\"invalid_request\"}",
                "{\"error\":\"\"}",
                "null",
                "17",
                "\"x\"",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
            })
    void anAnswerOfTheTokenEndpointThatIsNone(String body) {
        Visitor visitor = new Visitor(port);
        Asked asked = visitor.begin("/console/approvals");

        Answer answer = visitor.callback(Surroundings.PEOPLE.codes().codeWithAnswer(asked, body), asked.get("state"));

        assertThat(answer.status()).as(answer.text()).isIn(403, 503);
        assertThat(answer.header("Content-Type")).startsWith("text/html");
    }
}
