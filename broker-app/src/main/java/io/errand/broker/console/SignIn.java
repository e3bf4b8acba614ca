package io.errand.broker.console;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.console.Registration.IssuerUnavailable;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.admin.AdministratorTokens.Administrator;
import io.errand.broker.identity.admin.Role;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Faults;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;
import org.springframework.stereotype.Component;
import org.springframework.util.StringUtils;

/** How a sign-in ends: with a session, or with a sentence. The log has either (P4). */
@Component
class SignIn implements AuthenticationSuccessHandler, AuthenticationFailureHandler {

    private static final Logger LOG = LoggerFactory.getLogger(SignIn.class);

    private static final Problem NO_ROLE = Problem.forbidden(
            "You are signed in at your issuer, but none of your roles is one of Errand's; ask whoever gives them out.");

    private static final Problem UNAVAILABLE = new Problem(
            HttpStatus.SERVICE_UNAVAILABLE,
            "unavailable",
            "The issuer where administrators sign in does not answer as it should; try again later, or tell the operator.",
            Map.of());

    private static final Problem NOT_BEGUN_HERE = Problem.badRequest(
            "This sign-in was not begun in this browser, was begun again since, or took longer than ten minutes: sign in again.");

    private static final Problem NOT_TRUSTED = Problem.forbidden(
            "Your issuer did not sign you in, or not in a way that can be trusted: sign in again, or tell the operator.");

    private final IdTokens idTokens;
    private final ConsoleSessions consoleSessions;
    private final ConsoleProperties settings;
    private final Cookies cookies;
    private final Audit audit;
    private final ProblemPage page;

    SignIn(
            IdTokens idTokens,
            ConsoleSessions consoleSessions,
            ConsoleProperties settings,
            Cookies cookies,
            Audit audit,
            ProblemPage page) {
        this.idTokens = idTokens;
        this.consoleSessions = consoleSessions;
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
        // Nobody would end the one that the browser forgets now.
        cookies.read(request, Cookies.Kind.SESSION).ifPresent(consoleSessions::end);
        cookies.set(
                response,
                Cookies.Kind.SESSION,
                consoleSessions.begin(new SignedIn(who.person(), who.roles())),
                settings.session());
        response.setStatus(HttpStatus.SEE_OTHER.value());
        response.setHeader(HttpHeaders.LOCATION, String.valueOf(request.getAttribute(PendingSignIns.TO)));
    }

    @Override
    public void onAuthenticationFailure(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException failure)
            throws IOException {
        rejected(request, failure)
                .ifPresent(why -> audit.recordRefusal(AuditEvent.of("console.refused")
                        .outcome("refused")
                        .with("reason", why.reason())
                        .with("detail", why.detail())));
        page.write(response, problem(request, failure));
    }

    /** Why an ID token was not taken; empty: there was none. */
    private static Optional<Rejected> rejected(HttpServletRequest request, AuthenticationException failure) {
        // Without a code, whoever holds the browser has written the error.
        boolean showedCode = StringUtils.hasText(request.getParameter(OAuth2ParameterNames.CODE));
        return Faults.causedBy(failure, IdTokens.NotTrusted.class)
                .map(IdTokens.NotTrusted::why)
                .or(() -> showedCode && code(failure).equals("invalid_nonce")
                        ? Optional.of(new Rejected("nonce_mismatch", "The ID token is for another sign-in.", null))
                        : Optional.empty());
    }

    private static Problem problem(HttpServletRequest request, AuthenticationException failure) {
        Optional<String> fault = faultOfTheIssuer(failure, rejected(request, failure));
        if (fault.isPresent()) {
            LOG.warn("Nobody can sign in: {}", fault.get());
            return UNAVAILABLE;
        }
        return request.getAttribute(PendingSignIns.TO) == null || code(failure).equals("invalid_state_parameter")
                ? NOT_BEGUN_HERE
                : NOT_TRUSTED;
    }

    /** Nothing that a person could do better, and nothing that a person sent: a code that is refused may have been made up. */
    private static Optional<String> faultOfTheIssuer(AuthenticationException failure, Optional<Rejected> rejected) {
        return Faults.causedBy(failure, IssuerUnavailable.class)
                .map(Throwable::getMessage)
                .or(() -> rejected.filter(why -> why.reason().equals("keys_unavailable"))
                        .map(Rejected::detail))
                .or(() -> Faults.causedBy(failure, OAuth2AuthorizationException.class)
                        .map(answer -> answer.getError().getErrorCode())
                        .filter(code -> !code.equals("invalid_grant"))
                        .map(code -> "the token endpoint answered no ID token but " + code));
    }

    private static String code(AuthenticationException failure) {
        return failure instanceof OAuth2AuthenticationException refused
                ? refused.getError().getErrorCode()
                : "";
    }
}
