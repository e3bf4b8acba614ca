package io.errand.broker.caller;

import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.admin.AdministratorTokens;
import io.errand.broker.identity.jwt.IdentityTokens;
import jakarta.servlet.http.HttpServletRequest;
import java.util.EnumSet;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Authenticates whoever introspects or revokes: RFC 6750 bearer, a workload's token or an administrator's. */
@Component
public class TokenCallerAuthentication {

    private final IdentityTokens tokens;
    private final AdministratorTokens administrators;

    TokenCallerAuthentication(IdentityTokens tokens, AdministratorTokens administrators) {
        this.tokens = tokens;
        this.administrators = administrators;
    }

    public GrantStep<TokenCaller> of(HttpServletRequest request) {
        return WorkloadBearer.of(request).then(bearer -> switch (administrators.verify(bearer)) {
            case AdministratorTokens.Administrator administrator ->
                GrantStep.pass(new TokenCaller(
                        administrator.person().name(),
                        Optional.empty(),
                        administrator.roles().contains("errand.introspect")));
            case AdministratorTokens.Stranger stranger -> workload(bearer);
        });
    }

    private GrantStep<TokenCaller> workload(String bearer) {
        return WorkloadBearer.verified(tokens.verify(bearer, TokenType.JWT, EnumSet.of(IssuerPurpose.WORKLOAD)))
                .map(identity -> new TokenCaller(identity.subject(), Optional.of(identity), false));
    }
}
