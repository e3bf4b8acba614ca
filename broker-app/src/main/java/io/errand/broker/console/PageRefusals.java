package io.errand.broker.console;

import io.errand.broker.audit.Audit;
import io.errand.broker.identity.admin.RefusedRequest;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.csrf.CsrfException;
import org.springframework.stereotype.Component;

/** Whoever is not signed in is sent to do so; whoever may not is told, and is on the log (P4). */
@Component
class PageRefusals implements AuthenticationEntryPoint, AccessDeniedHandler {

    private static final Problem SIGNED_OUT = new Problem(
            HttpStatus.UNAUTHORIZED,
            "unauthorized",
            "You are not signed in any more, and nothing was changed: sign in, go back, and send it again.",
            Map.of());

    private static final Problem FOREIGN_FORM = Problem.forbidden(
            "This did not come from a page that was opened in this session, and nothing was changed: open the page again.");

    private final Audit audit;
    private final ProblemPage page;

    PageRefusals(Audit audit, ProblemPage page) {
        this.audit = audit;
        this.page = page;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException e)
            throws IOException {
        if (!HttpMethod.GET.matches(request.getMethod()) && !HttpMethod.HEAD.matches(request.getMethod())) {
            page.write(response, SIGNED_OUT);
            return;
        }
        String query = request.getQueryString() == null ? "" : "?" + request.getQueryString();
        // A stranger's address may be longer than the header that would name it can be.
        String to = PendingSignIns.ours(request.getRequestURI() + query);
        response.setStatus(HttpStatus.SEE_OTHER.value());
        response.setHeader(
                HttpHeaders.LOCATION,
                ConsoleSecurity.SIGN_IN + "/" + Registration.ID + "?to="
                        + URLEncoder.encode(to, StandardCharsets.UTF_8));
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException e)
            throws IOException {
        if (e instanceof CsrfException) {
            page.write(response, FOREIGN_FORM);
            return;
        }
        audit.recordRefusal(RefusedRequest.roleMissing("console.refused", request));
        page.write(response, RefusedRequest.ROLE_MISSING);
    }
}
