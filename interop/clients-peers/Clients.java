import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.oauth2.client.OAuth2AuthorizationContext;
import org.springframework.security.oauth2.client.TokenExchangeOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** Spring Security's token exchange client as it comes, and its decoders with their defaults as tools. */
void main(String[] arguments) throws Exception {
    String broker = arguments[0];
    String issuer = arguments[1];
    String workload = Files.readString(Path.of(arguments[2])).strip();

    Jwt erp = JwtDecoders.fromIssuerLocation(issuer).decode(exchanged(broker, workload, "erp:read"));
    mustBe(erp, "https://erp.example");
    IO.println("spring: accepted by JwtDecoders.fromIssuerLocation (" + erp.getHeaders().get("alg") + ")");

    Jwt ledger = NimbusJwtDecoder.withJwkSetUri(broker + "/oauth2/jwks")
            .build()
            .decode(exchanged(broker, workload, "ledger:read"));
    mustBe(ledger, "https://ledger.example");
    IO.println("spring: accepted by withJwkSetUri (" + ledger.getHeaders().get("alg") + ")");
}

String exchanged(String broker, String workload, String scope) {
    ClientRegistration registration = ClientRegistration.withRegistrationId("errand")
            .clientId("spring")
            .clientAuthenticationMethod(ClientAuthenticationMethod.NONE)
            .authorizationGrantType(AuthorizationGrantType.TOKEN_EXCHANGE)
            .tokenUri(broker + "/oauth2/token")
            .scope(scope)
            .build();
    TokenExchangeOAuth2AuthorizedClientProvider provider = new TokenExchangeOAuth2AuthorizedClientProvider();
    // A Jwt has Spring send the type of any JWT.
    provider.setSubjectTokenResolver(context -> new Jwt(
            workload, Instant.now(), Instant.now().plusSeconds(60), Map.of("alg", "ES256"), Map.of("sub", "spring")));
    return provider.authorize(OAuth2AuthorizationContext.withClientRegistration(registration)
                    .principal(new TestingAuthenticationToken("spring", null, List.of()))
                    .build())
            .getAccessToken()
            .getTokenValue();
}

void mustBe(Jwt token, String audience) {
    if (!token.getAudience().equals(List.of(audience))) {
        throw new AssertionError("The token is for " + token.getAudience());
    }
}
