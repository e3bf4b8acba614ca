package io.errand.broker.exchange;

import io.errand.broker.identity.AdministratorTokens;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IdentityTokens;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.Verification;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Authenticates whoever introspects or revokes: RFC 6750 bearer, a workload's token or an administrator's. */
@Component
class TokenCallerAuthentication {

    private static final String SCHEME = "Bearer ";

    private final IdentityTokens tokens;
    private final AdministratorTokens administrators;

    TokenCallerAuthentication(IdentityTokens tokens, AdministratorTokens administrators) {
        this.tokens = tokens;
        this.administrators = administrators;
    }

    GrantStep<TokenCaller> of(HttpServletRequest request) {
        List<String> headers = Collections.list(request.getHeaders("Authorization"));
        String header = headers.isEmpty() ? null : headers.getFirst();
        // Of several, a proxy before us may have looked at another one.
        if (headers.size() != 1 || header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return GrantStep.stop(Refusal.invalidClient("bearer_missing", "no bearer token was presented"));
        }
        String bearer = header.substring(SCHEME.length()).strip();
        return switch (administrators.verify(bearer)) {
            case AdministratorTokens.Administrator administrator ->
                GrantStep.pass(new TokenCaller(
                        administrator.person().name(),
                        Optional.empty(),
                        administrator.roles().contains("errand.introspect")));
            case AdministratorTokens.Stranger stranger -> workload(bearer);
        };
    }

    private GrantStep<TokenCaller> workload(String bearer) {
        return switch (tokens.verify(bearer, TokenType.JWT, EnumSet.of(IssuerPurpose.WORKLOAD))) {
            case Verification.Verified(Identity identity) ->
                GrantStep.pass(new TokenCaller(identity.subject(), Optional.of(identity), false));
            case Verification.Rejected rejected ->
                GrantStep.stop(
                        rejected.isForNow()
                                ? Refusal.undecided(rejected.reason(), rejected.detail())
                                : Refusal.invalidClient(rejected.reason(), rejected.detail()));
        };
    }
}
