package io.errand.broker.oauth;

import io.errand.api.TokenResponse;
import io.errand.broker.caller.ProofOfPossession;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.grant.TokenExchange;
import io.errand.broker.identity.Possession;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
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

    private static final Set<String> GRANTS = Set.of(
            TokenRequest.GRANT_TYPE,
            TokenRequest.CLIENT_CREDENTIALS,
            TokenRequest.JWT_BEARER,
            TokenRequest.DEFERRED_GRANT_TYPE);

    private final TokenExchange exchange;
    private final ProofOfPossession proofOfPossession;
    private final ExchangeMetrics metrics;

    TokenEndpoint(TokenExchange exchange, ProofOfPossession proofOfPossession, ExchangeMetrics metrics) {
        this.exchange = exchange;
        this.proofOfPossession = proofOfPossession;
        this.metrics = metrics;
    }

    @Override
    public @Nullable Authentication convert(HttpServletRequest request) {
        String grant = request.getParameter("grant_type");
        return grant != null && GRANTS.contains(grant)
                ? new Asked(
                        request.getParameterMap(),
                        request.getHeader("Idempotency-Key"),
                        proofOfPossession.read(request),
                        TokenRequest.DEFERRED_GRANT_TYPE.equals(grant))
                : null;
    }

    @Override
    public Authentication authenticate(Authentication authentication) {
        Asked asked = (Asked) authentication;
        return switch (metrics.timed(asked.grant(), () -> answer(asked))) {
            case TokenExchange.Answer.Granted(TokenResponse response) -> new Granted(response);
            case TokenExchange.Answer.Waiting waiting -> throw new OAuthAnswers.Waiting(waiting);
            case TokenExchange.Answer.Refused refused -> throw new OAuthAnswers.Refused(refused);
        };
    }

    private TokenExchange.Answer answer(Asked asked) {
        try {
            return asked.collects
                    ? exchange.collect(asked.form, asked.idempotencyKey, asked.possession)
                    : exchange.exchange(asked.form, asked.idempotencyKey, asked.possession);
        } finally {
            MDC.remove(TokenExchange.DECISION);
        }
    }

    @Override
    public boolean supports(Class<?> authentication) {
        return Asked.class == authentication;
    }

    /** A token exchange as it was asked for, or the collection of one that had to wait. */
    static final class Asked extends AbstractAuthenticationToken {

        private final transient Map<String, String[]> form;
        private final transient @Nullable String idempotencyKey;
        private final transient Possession possession;
        private final boolean collects;

        Asked(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession, boolean collects) {
            super(AuthorityUtils.NO_AUTHORITIES);
            this.form = form;
            this.idempotencyKey = idempotencyKey;
            this.possession = possession;
            this.collects = collects;
        }

        String grant() {
            String[] named = form.get("grant_type");
            return named == null ? "" : named[0];
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

        private static final Asked NOTHING =
                new Asked(Map.of(), null, new Possession(List.of(), "POST", "", List.of(), null), false);

        private final transient TokenResponse response;

        Granted(TokenResponse response) {
            super(client(response), NOTHING, token(response));
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
