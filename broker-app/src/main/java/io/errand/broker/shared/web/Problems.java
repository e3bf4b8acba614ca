package io.errand.broker.shared.web;

import io.errand.api.Json;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a problem where no controller does: in filters and entry points. */
public final class Problems {

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
        response.getOutputStream().write(Json.mapper().writeValueAsBytes(body));
    }
}
