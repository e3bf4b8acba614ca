package io.errand.broker.shared.web;

import io.errand.api.Json;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;

/** Writes a problem where no controller does: in filters and entry points. */
public final class Problems {

    /** Seconds after which something that is down is worth another try. */
    static final String RETRY_AFTER = "5";

    private Problems() {}

    public static void write(HttpServletResponse response, Problem problem) throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", problem.typeUri().toString());
        body.put("title", problem.status().getReasonPhrase());
        body.put("status", problem.status().value());
        body.put("detail", problem.detail());
        body.putAll(problem.members());
        response.setStatus(problem.status().value());
        response.setContentType("application/problem+json");
        response.setHeader("Cache-Control", "no-store");
        if (problem.status() == HttpStatus.SERVICE_UNAVAILABLE) {
            response.setHeader("Retry-After", RETRY_AFTER);
        }
        response.getOutputStream().write(Json.mapper().writeValueAsBytes(body));
    }
}
