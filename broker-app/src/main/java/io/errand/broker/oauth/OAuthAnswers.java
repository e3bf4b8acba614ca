package io.errand.broker.oauth;

import io.errand.api.Json;
import io.errand.broker.audit.Audit;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.grant.TokenExchange;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.stereotype.Component;

/** Writes what the OAuth endpoints answer: JSON that nobody may keep, and errors as RFC 6749 §5.2 has them. */
@Component
class OAuthAnswers implements AuthenticationFailureHandler {

    private final Audit audit;

    OAuthAnswers(Audit audit) {
        this.audit = audit;
    }

    /** Carries a refusal, already on the log, through the framework's filters. */
    static final class Refused extends OAuth2AuthenticationException {

        private final transient TokenExchange.Answer.Refused answer;

        Refused(TokenExchange.Answer.Refused answer) {
            super(answer.refusal().code());
            this.answer = answer;
        }
    }

    /** Carries the news that a person must decide first, likewise. */
    static final class Waiting extends OAuth2AuthenticationException {

        private final transient TokenExchange.Answer.Waiting answer;

        Waiting(TokenExchange.Answer.Waiting answer) {
            super(answer.response().error());
            this.answer = answer;
        }
    }

    /** Records a refusal that no exchange recorded, and answers it. */
    void refuse(HttpServletResponse response, Refusal refusal) throws IOException {
        DecisionTrace decisionTrace = new DecisionTrace();
        audit.recordRefusal(decisionTrace.denied(refusal));
        write(response, refusal, decisionTrace.decision());
    }

    @Override
    public void onAuthenticationFailure(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException exception)
            throws IOException {
        if (exception instanceof Refused refused) {
            write(response, refused.answer.refusal(), refused.answer.decision());
            return;
        }
        if (exception instanceof Waiting waiting) {
            write(response, HttpStatus.BAD_REQUEST, waiting.answer.response());
            return;
        }
        String code = exception instanceof OAuth2AuthenticationException oauth
                ? oauth.getError().getErrorCode()
                : "invalid_request";
        refuse(
                response,
                switch (code) {
                    case "unsupported_grant_type" ->
                        new Refusal(
                                HttpStatus.BAD_REQUEST,
                                code,
                                "grant_type is " + TokenRequest.GRANT_TYPE + ", " + TokenRequest.CLIENT_CREDENTIALS
                                        + ", " + TokenRequest.JWT_BEARER + " or " + TokenRequest.DEFERRED_GRANT_TYPE
                                        + ".",
                                code,
                                "unknown grant type",
                                null);
                    default -> Refusal.invalidRequest("grant_type", "grant_type is required, once.");
                });
    }

    void write(HttpServletResponse response, Object body) throws IOException {
        write(response, HttpStatus.OK, body);
    }

    /** An answer that is a token (RFC 9701 §5). */
    void writeSigned(HttpServletResponse response, String type, String token) throws IOException {
        write(response, HttpStatus.OK, type, token.getBytes(StandardCharsets.US_ASCII));
    }

    /** RFC 6749 §3.2: the client MUST use POST. Nothing was asked, so nothing is recorded. */
    void onlyPost(HttpServletResponse response) throws IOException {
        response.setHeader("Allow", "POST");
        write(
                response,
                HttpStatus.METHOD_NOT_ALLOWED,
                Map.of("error", "invalid_request", "error_description", "Use POST."));
    }

    /** A fault in the words of OAuth clients; RFC 6749 has none for a token endpoint and lends those of §4.1.2.1. */
    void fault(HttpServletResponse response, Problem problem) throws IOException {
        String error = switch (problem.status()) {
            case INTERNAL_SERVER_ERROR -> "server_error";
            case BAD_REQUEST -> "invalid_request";
            default -> "temporarily_unavailable";
        };
        if (error.equals("temporarily_unavailable")) {
            response.setHeader("Retry-After", "5");
        }
        Map<String, Object> body = new LinkedHashMap<>(problem.members());
        body.put("error", error);
        body.put("error_description", problem.detail());
        write(response, problem.status(), body);
    }

    private static void write(HttpServletResponse response, Refusal refusal, UUID decision) throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("error", refusal.code());
        body.put("error_description", refusal.description());
        body.put("decision_id", decision.toString());
        if (refusal.retryAfter() != null) {
            response.setHeader(
                    "Retry-After",
                    Long.toString(Math.max(1, refusal.retryAfter().toSeconds())));
        }
        if (refusal.status() == HttpStatus.UNAUTHORIZED) {
            response.setHeader("WWW-Authenticate", "Bearer");
        }
        write(response, refusal.status(), body);
    }

    private static void write(HttpServletResponse response, HttpStatus status, Object body) throws IOException {
        write(response, status, "application/json", Json.mapper().writeValueAsBytes(body));
    }

    private static void write(HttpServletResponse response, HttpStatus status, String type, byte[] body)
            throws IOException {
        response.setStatus(status.value());
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Pragma", "no-cache");
        response.getOutputStream().write(body);
    }
}
