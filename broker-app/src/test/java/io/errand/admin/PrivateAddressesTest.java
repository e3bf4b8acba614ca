package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.errand.exchange.Refusals;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Whoever registers issuers does not thereby send the service into the network that it stands in. */
@BrokerTest
class PrivateAddressesTest {

    private final Scene scene;
    private final Refusals refusals;

    PrivateAddressesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    private Answer register(String name, String issuer, Map<String, Object> jwks, String member) {
        Map<String, Object> resource =
                new HashMap<>(Map.of("jwks", jwks, "audiences", List.of("errand"), "purpose", "workload"));
        resource.put(member, issuer);
        return scene.admin().put("/admin/v1/issuers/" + name, resource);
    }

    @ParameterizedTest
    @CsvSource({
        "https://10.0.0.5/jwks, private",
        "https://169.254.169.254/latest/meta-data, link-local",
        "https://[fd00::1]/jwks, private",
        "https://[::ffff:192.168.0.1]/jwks, private",
        "http://127.0.0.2/jwks, loopback",
        "http://[::1]/jwks, loopback"
    })
    void anAddressThatTheSettingHasNotIsRefusedWhereItIsNamed(String address, String kind) {
        String name = Scene.name("issuer");

        Answer uri = register(name, "https://issuer.example", Map.of("uri", address), "issuer");
        Answer bundle = register(name, "example.org", Map.of("spiffe_bundle", address), "trust_domain");
        Answer discovery =
                register(name, address.substring(0, address.indexOf('/', 8)), Map.of("discovery", true), "issuer");

        assertRefused(uri, "jwks.uri", kind);
        assertRefused(bundle, "jwks.spiffe_bundle", kind);
        assertRefused(discovery, "issuer", kind);
        assertThat(scene.admin().get("/admin/v1/issuers/" + name).status()).isEqualTo(404);
    }

    private static void assertRefused(Answer answer, String member, String kind) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).as(answer.text()).isEqualTo(member);
        assertThat(answer.text()).contains(kind, "errand.outbound.private-networks");
    }

    /** What a name leads to shows when it is asked: no connection is made, and the log says which address it was. */
    @Test
    void aNameThatLeadsThereIsNotAsked() throws UnknownHostException {
        InetAddress here = InetAddress.getLocalHost();
        assumeTrue(!here.getHostAddress().equals("127.0.0.1"), "this machine's name leads to 127.0.0.1");
        String agent = Scene.name("agent");
        String tool = Scene.name("erp");
        try (TestIssuer issuer = new TestIssuer()) {
            String keys = "https://" + here.getHostName() + ":"
                    + URI.create(issuer.url()).getPort() + "/jwks";
            Answer registered = register(agent, issuer.url(), Map.of("uri", keys), "issuer");
            assertThat(registered.status()).as(registered.text()).isEqualTo(201);
            scene.jwtTool(tool, Map.of());
            scene.agent(agent, tool, Map.of("identities", List.of(Map.of("issuer", agent, "subject", agent))));
            Map<String, String> form = Scene.request(agent, tool, "read");
            form.put("subject_token", issuer.token(agent));

            Answer refused = refusals.assertRefused(Expected.invalidRequest(null), () -> scene.exchange(form));

            assertThat(scene.events(
                            "decision=" + refused.json().path("decision_id").asString()))
                    .singleElement()
                    .satisfies(event -> assertThat(
                                    event.path("details").path("detail").asString())
                            .contains(here.getHostName(), "errand.outbound.private-networks"));
            assertThat(issuer.keyRequests()).isZero();
        }
        assertThat(scene.exchange(Scene.request(Surroundings.TARGET_DATABASE, tool, "read"))
                        .status())
                .isEqualTo(400);
    }
}
