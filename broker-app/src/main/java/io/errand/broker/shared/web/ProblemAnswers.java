package io.errand.broker.shared.web;

import io.errand.api.Json;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/** Problems on their way out where Spring MVC is not: filters, security, the server itself. */
public final class ProblemAnswers {

    /** Seconds after which something that is down is worth another try. */
    static final String RETRY_AFTER = "5";

    private ProblemAnswers() {}

    /** Answers with the problem, whatever the caller accepts. */
    public static void send(HttpServletResponse response, Problem problem) throws IOException {
        response.setStatus(problem.status().value());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        if (problem.status() == HttpStatus.SERVICE_UNAVAILABLE) {
            response.setHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
        }
        response.getOutputStream().write(Json.mapper().writeValueAsBytes(members(problem)));
    }

    private static Map<String, Object> members(Problem problem) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", "urn:errand:problem:" + problem.type());
        members.put("title", problem.status().getReasonPhrase());
        members.put("status", problem.status().value());
        members.put("detail", problem.detail());
        members.putAll(problem.members());
        return members;
    }
}
