package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** RFC 9728: a client that knows an address only finds out whose token to bring. */
@BrokerTest
class ProtectedResourceTest {

    private static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";

    private final Wire anybody;

    ProtectedResourceTest(@LocalServerPort int port) {
        anybody = Wire.at(port);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1", "/access/v1", "/admin/v1"})
    void everyApiSaysWhatItIsAndWhoseTokensItTakes(String path) {
        JsonNode metadata = anybody.get(WELL_KNOWN + path).json();

        assertThat(metadata.path("resource").asString()).isEqualTo(BrokerTest.ISSUER + path);
        assertThat(metadata.at("/authorization_servers/0").asString())
                .isEqualTo(path.equals("/admin/v1") ? Surroundings.PEOPLE.url() : BrokerTest.ISSUER);
        assertThat(metadata.path("bearer_methods_supported").toString()).isEqualTo("[\"header\"]");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/tasks/x, /v1, ",
        "/v1/tasks/x, /v1, forged",
        "/v1/decisions/x/outcome, /v1, forged",
        "/access/v1/evaluation, /access/v1, ",
        "/access/v1/evaluation, /access/v1, forged",
        "/admin/v1/tools, /admin/v1, ",
        "/admin/v1/tools, /admin/v1, forged"
    })
    void aChallengeSaysWhereToReadOn(String path, String api, @Nullable String token) {
        List<String> challenges = anybody.as(token).post(path, "{}").headers().allValues("WWW-Authenticate");

        assertThat(challenges)
                .isNotEmpty()
                .allSatisfy(challenge -> assertThat(challenge)
                        .endsWith("resource_metadata=\"" + BrokerTest.ISSUER + WELL_KNOWN + api + "\""));
    }

    @Test
    void whatIsNoApiHasNone() {
        assertThat(anybody.get(WELL_KNOWN + "/oauth2").status()).isEqualTo(404);
    }
}
