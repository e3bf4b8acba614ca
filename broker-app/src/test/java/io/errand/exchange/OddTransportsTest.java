package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Requests that are odd below their parameters: headers twice, bodies without a length, escapes that are no text. */
@BrokerTest
class OddTransportsTest {

    private static final String TOKEN = "/oauth2/token";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Refusals refusals;

    OddTransportsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void twoAuthorizationHeadersAreNone() throws Exception {
        String administrator = Surroundings.PEOPLE.token(
                "root",
                c -> c.audience(BrokerTest.ISSUER + "/admin")
                        .claim("roles", List.of("errand.admin", "errand.introspect")));
        String task = scene.exchange(Scene.request(agent, tool, "read"))
                .json()
                .path("access_token")
                .asString();

        assertThat(twice("/admin/v1/tools", administrator, "GET", "").statusCode())
                .isEqualTo(401);
        assertThat(twice("/oauth2/introspect", administrator, "POST", "token=" + task)
                        .statusCode())
                .isEqualTo(401);
        assertThat(twice("/v1/tasks/x", task, "GET", "").statusCode()).isEqualTo(401);
        assertThat(scene.as("errand.introspect")
                        .form("/oauth2/introspect", Map.of("token", task))
                        .json()
                        .path("active")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void aBodyWithoutALengthIsReadUpToTheLimit() throws Exception {
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(URI.create(scene.anonymous().base() + TOKEN))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[900_000])))
                        .build(),
                BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("invalid_request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/x-www-form-urlencoded;charset=UTF-16",
                "application/x-www-form-urlencoded;charset=ISO-8859-1",
                "application/x-www-form-urlencoded;charset=utf-7",
                "application/x-www-form-urlencoded;charset=",
                "application/x-www-form-urlencoded, application/json",
                "application/*",
                "multipart/form-data; boundary=x",
                "text/plain"
            })
    void whatIsNoFormInUtf8IsRefused(String type) {
        refusals.assertRefused(
                Expected.invalidRequest("not_a_form"),
                () -> scene.anonymous().with("Content-Type", type).post(TOKEN, "grant_type=" + Scene.GRANT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%C0%80", "%ED%A0%80", "%F4%90%80%80", "%FF", "%", "%0", "%u0041", "%00"})
    void escapesThatAreNoTextAreRefused(String escape) throws Exception {
        for (String parameter : List.of("grant_type", "task", "subject_token", "audience", escape)) {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create(scene.anonymous().base() + TOKEN))
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(BodyPublishers.ofString(parameter + "=" + escape))
                            .build(),
                    BodyHandlers.ofString());

            assertThat(answer.statusCode()).as(parameter + " " + answer.body()).isEqualTo(400);
            assertThat(answer.body()).doesNotContain("Exception").containsAnyOf("invalid_request", "unsupported_grant");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"audience", "resource"})
    void aThousandTargetsAreTooMany(String parameter) {
        List<Map.Entry<String, String>> form =
                new ArrayList<>(Scene.request(agent, tool, "read").entrySet());
        form.addAll(Collections.nCopies(1_000, Map.entry(parameter, tool)));

        refusals.assertRefused(
                Expected.invalidRequest("form_unreadable"),
                () -> scene.anonymous().form(TOKEN, form));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400", "-1e400", "1e999999999", "1E-999999999"})
    void numbersBeyondAllBoundsCostNothing(String number) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("task", "{\"type\":\"triage\",\"ttl\":\"PT5M\",\"context\":{\"amount\":" + number + "}}");

        Answer answer = scene.exchange(form);

        assertThat(answer.status()).as(answer.text()).isIn(200, 400);
        assertThat(answer.text()).doesNotContain("Exception", "Infinity");
    }

    @Test
    void whatTurnsTextAroundIsKeptAsItCame() {
        String purpose = "Pay \u202Egpj.ecivoni\u202C to \u0430cme \u2066x\u2069";
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("task", "{\"type\":\"triage\",\"ttl\":\"PT5M\",\"purpose\":\"" + purpose + "\"}");

        Answer answer = scene.exchange(form);

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(scene.anonymous()
                        .as(answer.json().path("access_token").asString())
                        .get("/v1/tasks/"
                                + answer.json().path("task").path("id").asString())
                        .json()
                        .path("purpose")
                        .asString(purpose))
                .isEqualTo(purpose);
        scene.end(answer.json());
    }

    private HttpResponse<String> twice(String path, String token, String method, String body)
            throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(scene.anonymous().base() + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }
}
