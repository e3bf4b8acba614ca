package io.errand.broker.identity.admin;

import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;

/** What an administrator's refused request is to the log, and to whoever sent it, by the API and on the pages. */
public final class RefusedRequest {

    public static final Problem ROLE_MISSING =
            Problem.forbidden("None of your roles allows this; ask for one that does, or for somebody who has it.");

    private static final int LONGEST_PATH = 200;

    private RefusedRequest() {}

    public static AuditEvent event(String kind, HttpServletRequest request) {
        Principal who = request.getUserPrincipal();
        String path = request.getRequestURI();
        return AuditEvent.of(kind)
                .by(who == null ? null : who.getName())
                .outcome("refused")
                .with("method", request.getMethod())
                .with("path", path.substring(0, Math.min(path.length(), LONGEST_PATH)));
    }

    /** Of a request that needs a role which its sender has not. */
    public static AuditEvent roleMissing(String kind, HttpServletRequest request) {
        return event(kind, request).with("reason", "role_missing");
    }
}
