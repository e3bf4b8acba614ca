package io.errand.broker.shared;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;

/**
 * A refusal on its way to the caller (RFC 9457).
 *
 * @param type stable name, published as {@code urn:errand:problem:<type>}
 * @param detail one sentence that says what to do
 * @param members further members, for example {@code line} and {@code column}
 */
public record Problem(HttpStatus status, String type, String detail, Map<String, Object> members) {

    public static Problem badRequest(String detail) {
        return new Problem(HttpStatus.BAD_REQUEST, "invalid-request", detail, Map.of());
    }

    /** A member of a resource is wrong; {@code member} is its path, for example {@code identities[0].issuer}. */
    public static Problem invalidMember(String member, String detail) {
        return new Problem(HttpStatus.BAD_REQUEST, "invalid-member", detail, Map.of("member", member));
    }

    public static Problem forbidden(String detail) {
        return new Problem(HttpStatus.FORBIDDEN, "forbidden", detail, Map.of());
    }

    public static Problem notFound(String detail) {
        return new Problem(HttpStatus.NOT_FOUND, "not-found", detail, Map.of());
    }

    public static Problem conflict(String detail) {
        return new Problem(HttpStatus.CONFLICT, "conflict", detail, Map.of());
    }

    public static Problem stale(String detail) {
        return new Problem(HttpStatus.PRECONDITION_FAILED, "stale", detail, Map.of());
    }

    public Problem with(String member, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(members);
        all.put(member, value);
        return new Problem(status, type, detail, all);
    }

    public URI typeUri() {
        return URI.create("urn:errand:problem:" + type);
    }

    public ProblemDetail body() {
        ProblemDetail body = ProblemDetail.forStatusAndDetail(status, detail);
        body.setType(typeUri());
        members.forEach(body::setProperty);
        return body;
    }

    public ResponseEntity<Object> response() {
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(body());
    }
}
