package io.errand.broker.shared;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpHeaders;
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

    /** Seconds, where nobody said how long. */
    private static final String RETRY_AFTER = "5";

    public static Problem badRequest(String detail) {
        return new Problem(HttpStatus.BAD_REQUEST, "invalid-request", detail, Map.of());
    }

    /** A member of a resource is wrong; {@code member} is its path, for example {@code identities[0].issuer}. */
    public static Problem invalidMember(String member, String detail) {
        return new Problem(HttpStatus.BAD_REQUEST, "invalid-member", detail, Map.of("member", member));
    }

    /**
     * A member names what is not registered, which is most often a mistake, and would be found out by nobody.
     *
     * @param sentence without its full stop
     * @param nearest what may have been meant
     */
    public static Problem unregistered(String member, String sentence, List<String> nearest) {
        return invalidMember(
                member,
                sentence + (nearest.isEmpty() ? "." : "; did you mean " + String.join(" or ", nearest) + "?")
                        + " Register it first, or repeat with ?allow_missing=true.");
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

    /** What is asked does not answer, so nothing is known about what was sent. */
    public static Problem unavailable(String detail) {
        return new Problem(HttpStatus.SERVICE_UNAVAILABLE, "unavailable", detail, Map.of());
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
        ResponseEntity.BodyBuilder answer =
                ResponseEntity.status(status).contentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
        }
        return answer.body(body());
    }
}
