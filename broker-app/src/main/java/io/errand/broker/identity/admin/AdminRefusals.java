package io.errand.broker.identity.admin;

import io.errand.broker.audit.Audit;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Problems;
import io.errand.broker.shared.web.ResourceMetadata;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.stereotype.Component;

/** 401 and 403 as RFC 6750 §3 and RFC 9457 have them, one audit event each where somebody showed a token (P4). */
@Component
class AdminRefusals implements AuthenticationEntryPoint, AccessDeniedHandler {

    private static final String KIND = "admin.refused";

    private static final String GET_A_TOKEN =
            "Send a bearer token of the administrators' issuer with this service's /admin audience.";

    private final Audit audit;
    private final ResourceMetadata metadata;

    AdminRefusals(Audit audit, ResourceMetadata metadata) {
        this.audit = audit;
        this.metadata = metadata;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException e)
            throws IOException {
        if (e instanceof NoAdministrator stranger) {
            audit.recordRefusal(RefusedRequest.event(KIND, request)
                    .with("reason", stranger.why().reason())
                    .with("detail", stranger.why().detail()));
        }
        boolean showedNone = !(e instanceof NoAdministrator) && !(e instanceof OAuth2AuthenticationException);
        // RFC 6750 §3.1: no error code where there was no attempt to authenticate.
        response.setHeader(
                HttpHeaders.WWW_AUTHENTICATE,
                metadata.on(showedNone ? "Bearer" : "Bearer error=\"invalid_token\"", request));
        Problems.write(
                response,
                new Problem(
                        HttpStatus.UNAUTHORIZED,
                        "unauthorized",
                        showedNone ? GET_A_TOKEN : "The token was not accepted. " + GET_A_TOKEN,
                        Map.of()));
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException e)
            throws IOException {
        audit.recordRefusal(RefusedRequest.roleMissing(KIND, request));
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, metadata.on("Bearer error=\"insufficient_scope\"", request));
        Problems.write(response, RefusedRequest.ROLE_MISSING);
    }
}
