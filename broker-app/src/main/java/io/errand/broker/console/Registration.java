package io.errand.broker.console;

import io.errand.broker.identity.SignInEndpoints;
import io.errand.broker.identity.admin.SignInAddresses;
import io.errand.broker.shared.ErrandProperties;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.oidc.OidcScopes;
import org.springframework.stereotype.Component;

/** What the pages are at the administrators' issuer: one public client, whose proof is PKCE. No secret exists. */
@Component
class Registration implements ClientRegistrationRepository {

    static final String ID = "administrators";

    private final SignInAddresses addresses;
    private final ConsoleProperties settings;
    private final ErrandProperties errand;

    Registration(SignInAddresses addresses, ConsoleProperties settings, ErrandProperties errand) {
        this.addresses = addresses;
        this.settings = settings;
        this.errand = errand;
    }

    /** The administrators' issuer does not answer, or not with where people sign in. */
    static final class IssuerUnavailable extends AuthenticationException {

        IssuerUnavailable(String cause) {
            super(cause);
        }
    }

    @Override
    public @Nullable ClientRegistration findByRegistrationId(String id) {
        return id.equals(ID) ? client() : null;
    }

    /** Looked up when somebody signs in: the service starts without its issuer. */
    ClientRegistration client() {
        return switch (addresses.find()) {
            case SignInEndpoints.Unavailable(String cause) -> throw new IssuerUnavailable(cause);
            case SignInEndpoints.At(String issuer, String authorization, String token) ->
                ClientRegistration.withRegistrationId(ID)
                        .clientId(settings.client(errand))
                        .clientAuthenticationMethod(ClientAuthenticationMethod.NONE)
                        .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                        .redirectUri(errand.issuer() + ConsoleSecurity.SIGNED_IN)
                        .scope(OidcScopes.OPENID)
                        .issuerUri(issuer)
                        .authorizationUri(authorization)
                        .tokenUri(token)
                        .build();
        };
    }
}
