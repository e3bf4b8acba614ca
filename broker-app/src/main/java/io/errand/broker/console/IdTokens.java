package io.errand.broker.console;

import com.nimbusds.jwt.SignedJWT;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.admin.AdministratorTokens;
import io.errand.broker.identity.admin.AdministratorTokens.Administrator;
import io.errand.broker.identity.admin.AdministratorTokens.Stranger;
import io.errand.broker.shared.ErrandProperties;
import java.text.ParseException;
import java.util.Map;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoderFactory;
import org.springframework.security.oauth2.jwt.MappedJwtClaimSetConverter;
import org.springframework.stereotype.Component;

/** Verifies what a sign-in brings by the rules for every administrator's token. */
@Component
class IdTokens implements JwtDecoderFactory<ClientRegistration> {

    private final AdministratorTokens tokens;
    private final ConsoleProperties settings;
    private final ErrandProperties errand;

    IdTokens(AdministratorTokens tokens, ConsoleProperties settings, ErrandProperties errand) {
        this.tokens = tokens;
        this.settings = settings;
        this.errand = errand;
    }

    /** Not to be trusted, and why, which is for the log. */
    static final class NotTrusted extends BadJwtException {

        private final transient Rejected why;

        NotTrusted(Rejected why) {
            super("The ID token is not to be trusted");
            this.why = why;
        }

        Rejected why() {
            return why;
        }
    }

    @Override
    public JwtDecoder createDecoder(ClientRegistration client) {
        return this::decode;
    }

    /** Whose it is. */
    Administrator read(String idToken) {
        return switch (tokens.verifyIdToken(idToken, settings.client(errand))) {
            case Stranger(Rejected why) -> throw new NotTrusted(why);
            case Administrator administrator -> administrator;
        };
    }

    private Jwt decode(String idToken) {
        read(idToken);
        try {
            SignedJWT jwt = SignedJWT.parse(idToken);
            Map<String, Object> claims = MappedJwtClaimSetConverter.withDefaults(Map.of())
                    .convert(jwt.getJWTClaimsSet().getClaims());
            return Jwt.withTokenValue(idToken)
                    .headers(headers -> headers.putAll(jwt.getHeader().toJSONObject()))
                    .claims(all -> all.putAll(claims))
                    .build();
        } catch (ParseException | IllegalArgumentException e) {
            // The framework is stricter than the rules: by these, an end within the skew may come before the beginning.
            throw new NotTrusted(new Rejected("claims_malformed", "The framework does not take its claims.", null));
        }
    }
}
