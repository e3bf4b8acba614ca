package io.errand.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.InMemoryOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.TokenExchangeOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** Spring Security's OAuth2 client with its token exchange provider, configured as its reference documentation has it. */
@BrokerTest
class SpringClientTest {

    private final String agent = Scene.name("spring");
    private final String tool = Scene.name("spring-tool");
    private final String base;
    private final Scene scene;

    SpringClientTest(@LocalServerPort int port) {
        base = "http://127.0.0.1:" + port;
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void itGetsTheToolsCredentialWhichADecoderWithDefaultsAccepts() {
        OAuth2AuthorizedClient client = authorize(agent, tool + ":read");

        OAuth2AccessToken token = client.getAccessToken();
        Jwt credential = NimbusJwtDecoder.withJwkSetUri(base + "/oauth2/jwks")
                .jwsAlgorithm(SignatureAlgorithm.ES256)
                .build()
                .decode(token.getTokenValue());
        assertThat(token.getScopes()).containsExactly(tool + ":read");
        assertThat(token.getExpiresAt()).isAfter(Instant.now());
        assertThat(credential.getIssuer()).hasToString(BrokerTest.ISSUER);
        assertThat(credential.getAudience()).containsExactly("https://" + tool + ".example");
    }

    /** {@code withJwkSetUri} alone expects RS256. */
    @Test
    void aToolMayHaveWhatTheDecoderOfAKeySetExpects() {
        scene.jwtTool(tool, Map.of("config", Map.of("audience", "https://" + tool + ".example", "alg", "RS256")));

        String token = authorize(agent, tool + ":read").getAccessToken().getTokenValue();

        assertThat(NimbusJwtDecoder.withJwkSetUri(base + "/oauth2/jwks")
                        .build()
                        .decode(token)
                        .getAudience())
                .containsExactly("https://" + tool + ".example");
    }

    /** Spring's validator of RFC 9068: {@code typ}, and the claims that every such token has. */
    @Test
    void aToolMayTakeAccessTokensOnly() {
        scene.jwtTool(tool, Map.of("config", Map.of("audience", "https://" + tool + ".example", "typ", "at+jwt")));
        NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(base + "/oauth2/jwks")
                .jwsAlgorithm(SignatureAlgorithm.ES256)
                .validateType(false)
                .build();
        decoder.setJwtValidator(JwtValidators.createAtJwtValidator()
                .issuer(BrokerTest.ISSUER)
                .audience("https://" + tool + ".example")
                .clientId(agent)
                .build());

        String token = authorize(agent, tool + ":read").getAccessToken().getTokenValue();

        assertThat(decoder.decode(token).getClaimAsString("client_id")).isEqualTo(agent);
        // Its typ is a task token's, and its audience is not: it is none.
        assertThat(scene.anonymous().as(token).get("/v1/tasks/x").status()).isEqualTo(401);
        assertThat(scene.as("errand.introspect")
                        .form("/oauth2/introspect", Map.of("token", token))
                        .json()
                        .path("tool")
                        .asString())
                .isEqualTo(tool);
    }

    @Test
    void whatItGotIsDeadOnceItWasRevoked() {
        String token = authorize(agent, tool + ":read").getAccessToken().getTokenValue();

        scene.anonymous().as(Surroundings.WORKLOADS.token(agent)).form("/oauth2/revoke", Map.of("token", token));

        assertThat(scene.as("errand.introspect")
                        .form("/oauth2/introspect", Map.of("token", token))
                        .json()
                        .path("active")
                        .asBoolean())
                .isFalse();
    }

    @Test
    void itUnderstandsARefusal() {
        assertThatThrownBy(() -> authorize(agent, tool + ":dance"))
                .isInstanceOf(ClientAuthorizationException.class)
                .extracting(e -> ((ClientAuthorizationException) e).getError().getErrorCode())
                .isEqualTo("invalid_scope");
    }

    private OAuth2AuthorizedClient authorize(String subject, String scope) {
        ClientRegistration registration = ClientRegistration.withRegistrationId("errand")
                .clientId(subject)
                .clientAuthenticationMethod(ClientAuthenticationMethod.NONE)
                .authorizationGrantType(AuthorizationGrantType.TOKEN_EXCHANGE)
                .tokenUri(base + "/oauth2/token")
                .scope(scope)
                .build();
        var registrations = new InMemoryClientRegistrationRepository(registration);
        var manager = new AuthorizedClientServiceOAuth2AuthorizedClientManager(
                registrations, new InMemoryOAuth2AuthorizedClientService(registrations));
        var provider = new TokenExchangeOAuth2AuthorizedClientProvider();
        provider.setSubjectTokenResolver(context -> workloadToken(subject));
        manager.setAuthorizedClientProvider(provider);
        OAuth2AuthorizedClient client = manager.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("errand")
                .principal(new TestingAuthenticationToken(subject, null, List.of()))
                .build());
        if (client == null) {
            throw new AssertionError("Spring's provider did not try");
        }
        return client;
    }

    /** A {@code Jwt} has Spring send the type {@code urn:ietf:params:oauth:token-type:jwt}. */
    private static Jwt workloadToken(String subject) {
        return NimbusJwtDecoder.withJwkSetUri(Surroundings.WORKLOADS.url() + "/jwks")
                .jwsAlgorithm(SignatureAlgorithm.ES256)
                .build()
                .decode(Surroundings.WORKLOADS.token(subject));
    }
}
