package io.errand.broker.directory;

import io.errand.api.Json;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Refusals as SCIM has them (RFC 7644 §3.12): the same sentences, in a body of another form. */
final class ScimErrors {

    static final MediaType TYPE = MediaType.parseMediaType("application/scim+json");

    private static final String SCIM_TYPE = "scimType";
    private static final String SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error";

    private ScimErrors() {}

    /** @param scimType one of table 9, for example {@code invalidValue} */
    static Problem invalid(String scimType, String detail) {
        return typed(HttpStatus.BAD_REQUEST, scimType, detail);
    }

    static Problem typed(HttpStatus status, String scimType, String detail) {
        return new Problem(status, "scim", detail, Map.of(SCIM_TYPE, scimType));
    }

    static Problem plain(HttpStatus status, String detail) {
        return new Problem(status, "scim", detail, Map.of());
    }

    static ResponseEntity<Object> response(Problem problem) {
        ResponseEntity.BodyBuilder answer =
                ResponseEntity.status(problem.status()).contentType(TYPE);
        if (problem.status() == HttpStatus.SERVICE_UNAVAILABLE) {
            answer.header(HttpHeaders.RETRY_AFTER, "5");
        }
        return answer.body(body(problem));
    }

    /** Where no controller does: in filters and entry points. */
    static void write(HttpServletResponse response, Problem problem) throws IOException {
        response.setStatus(problem.status().value());
        response.setContentType(TYPE.toString());
        response.getOutputStream().write(Json.mapper().writeValueAsBytes(body(problem)));
    }

    private static Map<String, Object> body(Problem problem) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("schemas", List.of(SCHEMA));
        body.put("status", String.valueOf(problem.status().value()));
        if (problem.members().containsKey(SCIM_TYPE)) {
            body.put(SCIM_TYPE, problem.members().get(SCIM_TYPE));
        }
        Object fault = problem.members().get("fault");
        body.put("detail", fault == null ? problem.detail() : problem.detail() + " It is " + fault + ".");
        return body;
    }
}
