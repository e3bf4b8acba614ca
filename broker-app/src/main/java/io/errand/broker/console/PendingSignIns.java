package io.errand.broker.console;

import io.errand.api.Json;
import io.errand.broker.shared.Secret;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.web.AuthorizationRequestRepository;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.security.oauth2.core.endpoint.PkceParameterNames;
import org.springframework.security.oauth2.core.oidc.OidcScopes;
import org.springframework.security.oauth2.core.oidc.endpoint.OidcParameterNames;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/**
 * What a browser must show when it comes back from the administrators' issuer: it began the sign-in itself (state), and the ID
 * token and the code are for this one (nonce, RFC 7636). The browser keeps all of it, so any replica can go on (P8).
 */
@Component
class PendingSignIns implements AuthorizationRequestRepository<OAuth2AuthorizationRequest> {

    /** Where to go afterwards, an attribute of the request that comes back. */
    static final String TO = PendingSignIns.class.getName() + ".to";

    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final int MAX_ADDRESS = 256;

    private final Cookies cookies;
    private final Registration registration;

    PendingSignIns(Cookies cookies, Registration registration) {
        this.cookies = cookies;
        this.registration = registration;
    }

    private record Pending(String state, String nonce, String verifier, String to) {}

    @Override
    public void saveAuthorizationRequest(
            @Nullable OAuth2AuthorizationRequest begun, HttpServletRequest request, HttpServletResponse response) {
        if (begun == null || begun.getState() == null) {
            cookies.clear(response, Cookies.Kind.SIGN_IN);
            return;
        }
        Pending pending = new Pending(
                begun.getState(),
                attribute(begun, OidcParameterNames.NONCE),
                attribute(begun, PkceParameterNames.CODE_VERIFIER),
                ours(request.getParameter("to")));
        byte[] json = Json.mapper().writeValueAsBytes(pending);
        cookies.set(
                response,
                Cookies.Kind.SIGN_IN,
                new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(json)),
                LONGEST);
    }

    private static String attribute(OAuth2AuthorizationRequest begun, String name) {
        String value = begun.getAttribute(name);
        if (value == null) {
            throw new IllegalStateException("The sign-in has no " + name);
        }
        return value;
    }

    /** A page of ours, or the first one: nobody is sent elsewhere by a link to a sign-in. */
    static String ours(@Nullable String to) {
        return to != null
                        && to.length() <= MAX_ADDRESS
                        && to.matches("/console(/[A-Za-z0-9_-]+)*(\\?[A-Za-z0-9_=&-]*)?")
                ? to
                : ConsoleSecurity.FIRST_PAGE;
    }

    @Override
    public @Nullable OAuth2AuthorizationRequest loadAuthorizationRequest(HttpServletRequest request) {
        return pending(request).map(this::begun).orElse(null);
    }

    @Override
    public @Nullable OAuth2AuthorizationRequest removeAuthorizationRequest(
            HttpServletRequest request, HttpServletResponse response) {
        Optional<Pending> pending = pending(request);
        cookies.clear(response, Cookies.Kind.SIGN_IN);
        pending.ifPresent(found -> request.setAttribute(TO, ours(found.to())));
        return pending.map(this::begun).orElse(null);
    }

    private Optional<Pending> pending(HttpServletRequest request) {
        return cookies.read(request, Cookies.Kind.SIGN_IN).flatMap(PendingSignIns::read);
    }

    /** All of it, or nothing: without a nonce, none would be looked at. */
    private static Optional<Pending> read(String cookie) {
        try {
            String json = new String(Base64.getUrlDecoder().decode(cookie), StandardCharsets.UTF_8);
            Pending pending = Json.mapper().readValue(json, Pending.class);
            return pending == null || pending.state() == null || pending.nonce() == null || pending.verifier() == null
                    ? Optional.empty()
                    : Optional.of(pending);
        } catch (IllegalArgumentException | JacksonException e) {
            return Optional.empty();
        }
    }

    private OAuth2AuthorizationRequest begun(Pending pending) {
        ClientRegistration client = registration.client();
        return OAuth2AuthorizationRequest.authorizationCode()
                .authorizationUri(
                        Objects.requireNonNull(client.getProviderDetails().getAuthorizationUri()))
                .clientId(client.getClientId())
                .redirectUri(client.getRedirectUri())
                .scope(OidcScopes.OPENID)
                .state(pending.state())
                .attributes(attributes -> {
                    attributes.put(OAuth2ParameterNames.REGISTRATION_ID, client.getRegistrationId());
                    attributes.put(OidcParameterNames.NONCE, pending.nonce());
                    attributes.put(PkceParameterNames.CODE_VERIFIER, pending.verifier());
                })
                .build();
    }
}
