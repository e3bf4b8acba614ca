package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWKSet;
import io.errand.api.Json;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Content;
import io.errand.testing.BrokerTest;
import io.errand.testing.FakeApiServer;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** Kubernetes' TokenReview, where it is configured: a cluster that does not stand by a token any more is heard at once. */
@SpringBootTest(
        classes = io.errand.broker.Errand.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"errand.issuer=" + BrokerTest.ISSUER, "errand.reconcile.enabled=false"})
@ContextConfiguration(initializers = Surroundings.class)
class TokenReviewTest {

    private static final String SUBJECT = "system:serviceaccount:ap:";
    private static final Authority AUTHORITY = new Authority("cluster");
    private static final FakeApiServer SERVER = server();
    private static final String CA = file(AUTHORITY.own().certificatePem());
    private static final String TOKEN = file("of-the-broker");

    private final String account = Scene.name("worker");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final JdbcClient jdbc;

    TokenReviewTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(Wire.at(port), true);
        this.jdbc = jdbc;
    }

    @DynamicPropertySource
    static void cluster(DynamicPropertyRegistry properties) {
        // One page, from its first setting to its last: a cluster that is named, then asked about each token.
        for (String block : List.of("clusters", "reviews")) {
            PageBlock.of("docs/identities/kubernetes.md", block)
                    .with("https://10.0.0.1:6443", SERVER.url())
                    .with("/etc/errand/staging/ca.crt", CA)
                    .with("/etc/errand/staging/token", TOKEN)
                    .settings()
                    .forEach((key, value) -> properties.add(key, () -> value));
        }
    }

    @AfterAll
    static void close() {
        SERVER.close();
    }

    @BeforeEach
    void registered() {
        scene.admin()
                .put(
                        "/admin/v1/issuers/reviewed",
                        Map.of(
                                "issuer",
                                SERVER.url(),
                                "jwks",
                                Map.of("kubernetes", "staging"),
                                "audiences",
                                List.of("errand"),
                                "purpose",
                                "workload"));
        scene.jwtTool(tool, Map.of());
        scene.agent(
                account,
                tool,
                Map.of("identities", List.of(Map.of("issuer", "reviewed", "subject", SUBJECT + account))));
        scene.permits();
    }

    @Test
    void aTokenThatItsClusterStandsByIsGoodForWhatWasMeant() {
        SERVER.reviewing(sent -> {
            JsonNode spec = Json.mapper().readTree(sent).path("spec");
            assertThat(spec.path("token").asString()).startsWith("eyJ");
            assertThat(spec.path("audiences").toString()).isEqualTo("[\"errand\"]");
            return review(true, SUBJECT + account, "errand");
        });

        Answer answer = exchange();

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    @Test
    void oneOfADeletedPodIsRefusedAsAnyThatIsNotTrusted() {
        refused(
                Expected.invalidRequest("token_review"),
                sent -> "{\"status\":{\"user\":{},\"error\":\"pod worker is gone\"}}");
    }

    @Test
    void aReviewOfSomebodyElseOrForSomethingElseIsNone() {
        Expected untrusted = Expected.invalidRequest("token_review");
        refused(untrusted, sent -> review(true, SUBJECT + "other", "errand"));
        refused(untrusted, sent -> review(true, SUBJECT + account, "other"));
        refused(untrusted, sent -> review(false, SUBJECT + account, "errand"));
        refused(untrusted, sent -> "{\"status\":{\"authenticated\":\"true\"}}");
    }

    @Test
    void whereNobodyAnswersNothingIsIssued() {
        Expected later = new Expected(503, "temporarily_unavailable", "token_review_unavailable");
        refused(later, sent -> "");
        refused(later, sent -> "{}");
        refused(later, sent -> "none");
        assertThat(exchange().header("Retry-After")).isNotEmpty();
    }

    private void refused(Expected expected, UnaryOperator<String> review) {
        SERVER.reviewing(review);
        new Refusals(scene, jdbc).assertRefused(expected, this::exchange);
    }

    private Answer exchange() {
        Map<String, String> form = Scene.request(account, tool, "read");
        form.put(
                "subject_token",
                Surroundings.WORKLOADS.token(
                        SUBJECT + account, c -> c.issuer(SERVER.url()).audience("errand")));
        return scene.exchange(form);
    }

    private static String review(boolean authenticated, String username, String audience) {
        return """
                {"status":{"authenticated":%s,"user":{"username":"%s"},"audiences":["%s"]}}
                """.formatted(authenticated, username, audience);
    }

    private static FakeApiServer server() {
        FakeApiServer server = new FakeApiServer(AUTHORITY.issue(Content.server()));
        server.document("/.well-known/openid-configuration", "{\"issuer\":\"" + server.url() + "\"}");
        server.document(
                "/openid/v1/jwks", new JWKSet(Surroundings.WORKLOADS.ec().toPublicJWK()).toString(true));
        return server;
    }

    private static String file(String text) {
        try {
            return Files.writeString(Files.createTempFile("ca", ".pem"), text).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
