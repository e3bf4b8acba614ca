package io.errand.broker.exchange;

import io.errand.api.TokenResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.server.authorization.authentication.OAuth2AccessTokenAuthenticationToken;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.web.authentication.AuthenticationConverter;

/**
 * {@code POST /oauth2/token} in the authorization server's own terms: a converter reads the grant, a provider answers it. The
 * framework's own token exchange accepts only tokens that it issued itself, so this one stands in its place. It is no bean: resource
 * servers take any converter among the beans for theirs.
 */
final class TokenEndpoint implements AuthenticationConverter, AuthenticationProvider {

    private final TokenExchange exchange;

    TokenEndpoint(TokenExchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public @Nullable Authentication convert(HttpServletRequest request) {
        String grant = request.getParameter("grant_type");
        boolean collects = TokenRequest.DEFERRED_GRANT_TYPE.equals(grant);
        return collects || TokenRequest.GRANT_TYPE.equals(grant)
                ? new Asked(request.getParameterMap(), request.getHeader("Idempotency-Key"), collects)
                : null;
    }

    @Override
    public Authentication authenticate(Authentication authentication) {
        Asked asked = (Asked) authentication;
        return switch (asked.collects
                ? exchange.collect(asked.form, asked.idempotencyKey)
                : exchange.exchange(asked.form, asked.idempotencyKey)) {
            case TokenExchange.Answer.Granted(TokenResponse response) -> new Granted(response);
            case TokenExchange.Answer.Waiting waiting -> throw new OAuthAnswers.Waiting(waiting);
            case TokenExchange.Answer.Refused refused -> throw new OAuthAnswers.Refused(refused);
        };
    }

    @Override
    public boolean supports(Class<?> authentication) {
        return Asked.class == authentication;
    }

    /** A token exchange as it was asked for, or the collection of one that had to wait. */
    static final class Asked extends AbstractAuthenticationToken {

        private final transient Map<String, String[]> form;
        private final transient @Nullable String idempotencyKey;
        private final boolean collects;

        Asked(Map<String, String[]> form, @Nullable String idempotencyKey, boolean collects) {
            super(AuthorityUtils.NO_AUTHORITIES);
            this.form = form;
            this.idempotencyKey = idempotencyKey;
            this.collects = collects;
        }

        @Override
        public String getPrincipal() {
            return "";
        }

        @Override
        public String getCredentials() {
            return "";
        }
    }

    /** A granted one; the agent is what the framework calls a registered client. */
    static final class Granted extends OAuth2AccessTokenAuthenticationToken {

        private final transient TokenResponse response;

        Granted(TokenResponse response) {
            super(client(response), new Asked(Map.of(), null, false), token(response));
            this.response = response;
        }

        TokenResponse response() {
            return response;
        }

        private static RegisteredClient client(TokenResponse response) {
            return RegisteredClient.withId(response.task().id())
                    .clientId(response.task().id())
                    .authorizationGrantType(AuthorizationGrantType.TOKEN_EXCHANGE)
                    .build();
        }

        private static OAuth2AccessToken token(TokenResponse response) {
            Instant end = response.task().expiresAt();
            return new OAuth2AccessToken(
                    OAuth2AccessToken.TokenType.BEARER, response.accessToken(), end.minusSeconds(1), end);
        }
    }
}
