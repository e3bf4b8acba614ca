package io.errand.broker.credential.vault;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.Fault;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.vault.client.VaultProperties;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a Vault does not say on demand. */
class VaultOverTheWireTest {

    private static final ToolBinding ORDERS = Rig.binding(Map.of("read", "database/creds/orders-read"));
    private static final String CREATE = "/v1/auth/token/create/errand";
    private static final String REFERENCE = new Reference(
                    "an-accessor", "database/creds/orders-read", "database/creds/orders-read/l", null, null)
            .text();

    private final WireMockServer vault =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));
    private Rig rig;

    VaultOverTheWireTest() {
        vault.start();
        rig = rig(null, Duration.ofSeconds(5));
    }

    @BeforeEach
    void login() {
        vault.stubFor(get(urlEqualTo("/v1/auth/token/lookup-self")).willReturn(okJson("{\"data\": {\"ttl\": 0}}")));
        vault.stubFor(post(urlEqualTo(CREATE)).willReturn(okJson("""
                                        {"auth": {"client_token": "hvs.child", "accessor": "an-accessor", "orphan": true,
                                                  "policies": ["errand-lease"]}}""")));
        vault.stubFor(post(urlEqualTo("/v1/auth/token/revoke-accessor"))
                .willReturn(aResponse().withStatus(204)));
        vault.stubFor(
                post(urlEqualTo("/v1/sys/leases/revoke")).willReturn(aResponse().withStatus(204)));
    }

    @AfterEach
    void stop() {
        rig.close();
        vault.stop();
    }

    @Test
    void everyCallNamesTheNamespace() {
        rig.close();
        rig = rig("team/a", Duration.ofSeconds(5));
        credential(okJson("""
                {"lease_id": "database/creds/orders-read/l", "lease_duration": 900,
                 "data": {"username": "u", "password": "p"}}"""));

        Issuing issuing = rig.backend.issue(order(), Rig.Notebook.willing());

        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        vault.verify(3, anyRequestedFor(anyUrl()).withHeader("X-Vault-Namespace", equalTo("team/a")));
        vault.verify(3, anyRequestedFor(anyUrl()));
        vault.verify(getRequestedFor(urlEqualTo("/v1/database/creds/orders-read"))
                .withHeader("X-Vault-Token", equalTo("hvs.child")));
    }

    @Test
    void aBusyVaultIsAskedAgainWhenItSays() {
        vault.stubFor(
                post(urlEqualTo(CREATE)).willReturn(aResponse().withStatus(429).withHeader("Retry-After", "7")));
        vault.stubFor(post(urlEqualTo("/v1/sys/leases/revoke"))
                .willReturn(aResponse().withStatus(503).withHeader("Retry-After", "11")));

        Issuing issuing = rig.backend.issue(order(), Rig.Notebook.willing());
        Destruction end = rig.backend.destroy(Rig.remains(order(), REFERENCE));

        assertThat(issuing)
                .isInstanceOfSatisfying(
                        Issuing.Unknown.class,
                        unknown -> assertThat(unknown.retryAfter()).isEqualTo(Duration.ofSeconds(7)));
        assertThat(end)
                .isInstanceOfSatisfying(
                        Destruction.Retry.class,
                        retry -> assertThat(retry.after()).isEqualTo(Duration.ofSeconds(11)));
    }

    @Test
    void aSealedVaultAndOneThatIsNotThereSaySoAndNothingIsSaidOfTheBinding() {
        vault.stubFor(any(urlEqualTo("/v1/sys/mounts"))
                .willReturn(aResponse().withStatus(503).withBody("{\"errors\": [\"Vault is sealed\"]}")));
        vault.stubFor(post(urlEqualTo(CREATE))
                .willReturn(aResponse().withStatus(503).withBody("{\"errors\": [\"Vault is sealed\"]}")));

        assertThat(rig.backend.issue(order(), Rig.Notebook.willing()))
                .isEqualTo(new Issuing.Unknown("Making a token: HTTP 503 Vault is sealed", null));
        assertThat(rig.backend.check(ORDERS)).singleElement().satisfies(problem -> {
            assertThat(problem.silent()).isTrue();
            assertThat(problem.detail()).endsWith("HTTP 503 Vault is sealed");
        });
        assertThat(rig.backend.probe(ORDERS))
                .singleElement()
                .satisfies(problem -> assertThat(problem.silent()).isTrue());

        vault.stop();
        assertThat(rig.backend.check(ORDERS)).singleElement().satisfies(problem -> {
            assertThat(problem.silent()).isTrue();
            assertThat(problem.detail()).contains("Vault did not answer");
        });
    }

    @Test
    void aSlowVaultIsNotWaitedForAndItsTokenIsTakenBack() {
        rig.close();
        rig = rig(null, Duration.ofMillis(200));
        credential(aResponse().withStatus(200).withFixedDelay(5000));

        Issuing issuing = rig.backend.issue(order(), Rig.Notebook.willing());

        assertThat(issuing)
                .isInstanceOfSatisfying(
                        Issuing.Unknown.class,
                        unknown -> assertThat(unknown.cause())
                                .startsWith("Reading database/creds/orders-read: Vault did not answer"));
        vault.verify(anyRequestedFor(urlEqualTo("/v1/auth/token/revoke-accessor")));
    }

    @Test
    void aCredentialWhoseReplyIsLostIsNotReadTwice() {
        credential(aResponse().withFault(Fault.EMPTY_RESPONSE));

        Issuing issuing = rig.backend.issue(order(), Rig.Notebook.willing());

        assertThat(issuing).isInstanceOf(Issuing.Unknown.class);
        vault.verify(1, getRequestedFor(urlEqualTo("/v1/database/creds/orders-read")));
    }

    @Test
    void anAnswerThatIsNotVaultsIsNotGone() {
        vault.stubFor(any(urlEqualTo("/v1/auth/token/lookup-accessor"))
                .willReturn(aResponse().withStatus(404).withBody("<html>no such page</html>")));

        assertThat(rig.backend.destroy(Rig.remains(order(), REFERENCE))).isInstanceOf(Destruction.Retry.class);
    }

    @Test
    void redirectsAreNotFollowed() {
        vault.stubFor(post(urlEqualTo(CREATE))
                .willReturn(aResponse().withStatus(307).withHeader("Location", vault.url("/elsewhere"))));

        assertThat(rig.backend.issue(order(), Rig.Notebook.willing())).isInstanceOf(Issuing.Unknown.class);
        vault.verify(0, anyRequestedFor(urlEqualTo("/elsewhere")));
    }

    private void credential(com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder answer) {
        vault.stubFor(get(urlEqualTo("/v1/database/creds/orders-read")).willReturn(answer));
    }

    private static Order order() {
        return Rig.order(ORDERS, "read");
    }

    private Rig rig(@Nullable String namespace, Duration readTimeout) {
        return new Rig(new VaultProperties(
                vault.baseUrl(),
                namespace,
                null,
                Duration.ofMillis(500),
                readTimeout,
                Duration.ofSeconds(20),
                Rig.token("hvs.broker")));
    }
}
