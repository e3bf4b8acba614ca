package io.errand.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.TokenErrorResponse;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenIntrospectionSuccessResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.id.Identifier;
import com.nimbusds.oauth2.sdk.rar.Action;
import com.nimbusds.oauth2.sdk.rar.AuthorizationDetail;
import com.nimbusds.oauth2.sdk.rar.AuthorizationType;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.oauth2.sdk.token.Token;
import com.nimbusds.oauth2.sdk.token.TokenTypeURI;
import com.nimbusds.oauth2.sdk.token.TypelessToken;
import com.nimbusds.oauth2.sdk.tokenexchange.TokenExchangeGrant;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The Nimbus OAuth 2.0 SDK as its own documentation has it: metadata, exchange, introspection. */
@BrokerTest
class NimbusClientTest {

    private final String agent = Scene.name("nimbus");
    private final String tool = Scene.name("nimbus-tool");
    private final String base;
    private final Scene scene;

    NimbusClientTest(@LocalServerPort int port) {
        base = "http://127.0.0.1:" + port;
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of("identities", List.of(Map.of("issuer", "workloads", "subject", tool + "-service"))));
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void itReadsOurMetadata() throws ParseException {
        AuthorizationServerMetadata metadata = AuthorizationServerMetadata.parse(
                scene.anonymous().get("/.well-known/oauth-authorization-server").text());

        assertThat(metadata.getIssuer().getValue()).isEqualTo(BrokerTest.ISSUER);
        assertThat(metadata.getTokenEndpointURI().getPath()).isEqualTo("/oauth2/token");
        assertThat(metadata.getAuthorizationDetailsTypes()).contains(new AuthorizationType("tool_access"));
        assertThat(OIDCProviderMetadata.parse(scene.anonymous()
                                .get("/.well-known/openid-configuration")
                                .text())
                        .getJWKSetURI()
                        .getPath())
                .isEqualTo("/oauth2/jwks");
    }

    @Test
    void whatItGetsByExchangeVerifiesAndIsInactiveOnceTheTaskHasEnded() throws Exception {
        AuthorizationDetail wanted = new AuthorizationDetail.Builder(new AuthorizationType("tool_access"))
                .identifier(new Identifier(tool))
                .actions(List.of(new Action("read")))
                .build();
        TokenRequest request = new TokenRequest.Builder(URI.create(base + "/oauth2/token"), exchange(agent))
                .authorizationDetails(List.of(wanted))
                .customParameter("task", "{\"type\":\"triage\",\"ttl\":\"PT5M\"}")
                .build();

        TokenResponse response = TokenResponse.parse(request.toHTTPRequest().send());

        assertThat(response.indicatesSuccess()).isTrue();
        AccessToken taskToken = response.toSuccessResponse().getTokens().getAccessToken();
        assertThat(taskToken.getIssuedTokenType()).isEqualTo(TokenTypeURI.ACCESS_TOKEN);
        assertThat(taskToken.getAuthorizationDetails().getFirst().getIdentifier())
                .isEqualTo(wanted.getIdentifier());
        assertThat(scene.verified(taskToken.getValue()).path("iss").asString()).isEqualTo(BrokerTest.ISSUER);
        JsonNode answer = Json.mapper()
                .readTree(response.toSuccessResponse().toJSONObject().toJSONString());
        String credential = answer.at("/credentials/0/data/token").asString();
        assertThat(scene.verified(credential).path("aud").asString()).isEqualTo("https://" + tool + ".example");
        assertThat(introspect(credential).isActive()).isTrue();

        scene.anonymous()
                .as(taskToken.getValue())
                .post("/v1/tasks/" + answer.at("/task/id").asString() + "/cancel", "");

        assertThat(introspect(credential).isActive()).isFalse();
    }

    @Test
    void itUnderstandsARefusal() throws Exception {
        TokenRequest request =
                new TokenRequest.Builder(URI.create(base + "/oauth2/token"), exchange(Scene.name("nobody"))).build();

        TokenErrorResponse refusal =
                TokenResponse.parse(request.toHTTPRequest().send()).toErrorResponse();

        assertThat(refusal.getErrorObject().getCode()).isEqualTo("invalid_request");
        assertThat(refusal.getErrorObject().getHTTPStatusCode()).isEqualTo(400);
    }

    private static TokenExchangeGrant exchange(String subject) {
        Token token = new TypelessToken(Surroundings.WORKLOADS.token(subject));
        return new TokenExchangeGrant(token, TokenTypeURI.JWT);
    }

    /** As the tool, whose own workload token is its authentication. */
    private TokenIntrospectionSuccessResponse introspect(String credential) throws IOException, ParseException {
        TokenIntrospectionRequest request = new TokenIntrospectionRequest(
                URI.create(base + "/oauth2/introspect"),
                new BearerAccessToken(Surroundings.WORKLOADS.token(tool + "-service")),
                new TypelessToken(credential));
        return TokenIntrospectionResponse.parse(request.toHTTPRequest().send()).toSuccessResponse();
    }
}
