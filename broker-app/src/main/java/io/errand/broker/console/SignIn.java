package io.errand.broker.console;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.console.Registration.IssuerUnavailable;
import io.errand.broker.identity.AdministratorTokens.Administrator;
import io.errand.broker.identity.Role;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Faults;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;
import org.springframework.stereotype.Component;

/** How a sign-in ends: with a session, or with a sentence. The log has either (P4). */
@Component
class SignIn implements AuthenticationSuccessHandler, AuthenticationFailureHandler {

    private static final Logger LOG = LoggerFactory.getLogger(SignIn.class);

    private static final Problem NO_ROLE = new Problem(
            HttpStatus.FORBIDDEN,
            "forbidden",
            "You are signed in at your issuer, but none of your roles is one of Errand's; ask whoever gives them out.",
            Map.of());

    private static final Problem UNAVAILABLE = new Problem(
            HttpStatus.SERVICE_UNAVAILABLE,
            "unavailable",
            "The issuer where administrators sign in does not answer as it should; try again later, or tell the operator.",
            Map.of());

    private static final Problem NOT_BEGUN_HERE = Problem.badRequest(
            "This sign-in was not begun in this browser, was begun again since, or took longer than ten minutes: sign in again.");

    private static final Problem NOT_TRUSTED = new Problem(
            HttpStatus.FORBIDDEN,
            "forbidden",
            "Your issuer did not sign you in, or not in a way that can be trusted: sign in again, or tell the operator.",
            Map.of());

    private final IdTokens idTokens;
    private final Sessions sessions;
    private final ConsoleProperties settings;
    private final Cookies cookies;
    private final Audit audit;
    private final ProblemPage page;

    SignIn(
            IdTokens idTokens,
            Sessions sessions,
            ConsoleProperties settings,
            Cookies cookies,
            Audit audit,
            ProblemPage page) {
        this.idTokens = idTokens;
        this.sessions = sessions;
        this.settings = settings;
        this.cookies = cookies;
        this.audit = audit;
        this.page = page;
    }

    @Override
    public void onAuthenticationSuccess(
            HttpServletRequest request, HttpServletResponse response, Authentication authentication)
            throws IOException {
        if (!(authentication.getPrincipal() instanceof OidcUser user)) {
            throw new IllegalStateException("This is no OpenID Connect sign-in");
        }
        Administrator who = idTokens.read(user.getIdToken().getTokenValue());
        if (Collections.disjoint(who.roles(), Role.OF_PEOPLE)) {
            audit.recordRefusal(AuditEvent.of("console.refused")
                    .by(who.person().name())
                    .outcome("refused")
                    .with("reason", "role_missing"));
            page.write(response, NO_ROLE);
            return;
        }
        cookies.set(
                response,
                Cookies.Kind.SESSION,
                sessions.begin(new SignedIn(who.person(), who.roles())),
                settings.session());
        response.setStatus(HttpStatus.SEE_OTHER.value());
        response.setHeader(HttpHeaders.LOCATION, String.valueOf(request.getAttribute(PendingSignIns.TO)));
    }

    @Override
    public void onAuthenticationFailure(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException failure)
            throws IOException {
        Faults.causedBy(failure, IdTokens.NotTrusted.class)
                .ifPresent(refused -> audit.recordRefusal(AuditEvent.of("console.refused")
                        .outcome("refused")
                        .with("reason", refused.why().reason())
                        .with("detail", refused.why().detail())));
        page.write(response, problem(failure));
    }

    private static Problem problem(AuthenticationException failure) {
        if (Faults.causedBy(failure, IssuerUnavailable.class).isPresent()) {
            LOG.warn("Nobody can sign in: {}", failure.getMessage());
            return UNAVAILABLE;
        }
        return failure instanceof OAuth2AuthenticationException refused
                ? switch (refused.getError().getErrorCode()) {
                    case "authorization_request_not_found", "invalid_state_parameter", "invalid_request" ->
                        NOT_BEGUN_HERE;
                    case "invalid_token_response" -> UNAVAILABLE;
                    default -> NOT_TRUSTED;
                }
                : NOT_BEGUN_HERE;
    }
}
