package io.errand.broker.shared.web;

import io.errand.broker.shared.Problem;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.TypeMismatchException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingRequestHeaderException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import tools.jackson.core.JacksonException;

/** Turns what Spring MVC, the database and we ourselves throw into problems (RFC 9457). */
@RestControllerAdvice
class FaultAdvice extends ResponseEntityExceptionHandler {

    /** Security answers these itself, in its own filter. */
    @ExceptionHandler({AccessDeniedException.class, AuthenticationException.class})
    void leaveToSecurity(RuntimeException refusal) {
        throw refusal;
    }

    @ExceptionHandler(Exception.class)
    @Nullable
    ResponseEntity<Object> anythingElse(Exception fault, WebRequest request) {
        return answer(Faults.of(fault), new HttpHeaders());
    }

    /** Everything that Spring MVC itself refuses comes by here. */
    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception fault, @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return answer(problem(fault, status), headers);
    }

    private static ResponseEntity<Object> answer(Problem problem, HttpHeaders headers) {
        HttpHeaders all = new HttpHeaders();
        all.putAll(headers);
        all.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (problem.status() == HttpStatus.SERVICE_UNAVAILABLE) {
            all.set(HttpHeaders.RETRY_AFTER, Problems.RETRY_AFTER);
        }
        return ResponseEntity.status(problem.status()).headers(all).body(problem.body());
    }

    private static Problem problem(Exception fault, HttpStatusCode status) {
        return switch (fault) {
            case HttpMessageNotReadableException unreadable -> unreadable(unreadable);
            case HttpMediaTypeNotSupportedException type ->
                ErrorPage.problem(HttpStatus.UNSUPPORTED_MEDIA_TYPE.value(), null);
            case HttpMediaTypeNotAcceptableException accept ->
                ErrorPage.problem(HttpStatus.NOT_ACCEPTABLE.value(), null);
            case HttpRequestMethodNotSupportedException method ->
                ErrorPage.problem(HttpStatus.METHOD_NOT_ALLOWED.value(), null);
            case MissingServletRequestParameterException missing ->
                Problem.badRequest("The parameter '" + missing.getParameterName() + "' is required.");
            case MissingRequestHeaderException missing ->
                Problem.badRequest("The header '" + missing.getHeaderName() + "' is required.");
            case MethodArgumentTypeMismatchException mismatch -> mismatch(mismatch.getName(), mismatch);
            case TypeMismatchException mismatch -> mismatch(mismatch.getPropertyName(), mismatch);
            default -> ErrorPage.problem(status.value(), fault);
        };
    }

    private static Problem unreadable(HttpMessageNotReadableException fault) {
        if (Faults.causedBy(fault, BodyTooLarge.class).isPresent()) {
            return BodyTooLarge.PROBLEM;
        }
        return Faults.causedBy(fault, JacksonException.class)
                .map(UnreadableJson::of)
                .orElseGet(
                        () -> Problem.badRequest("The body must be one JSON document in UTF-8; it is missing here."));
    }

    private static Problem mismatch(@Nullable String parameter, TypeMismatchException fault) {
        Class<?> type = fault.getRequiredType();
        String form = Map.<Class<?>, String>of(
                        int.class, "a whole number",
                        Integer.class, "a whole number",
                        long.class, "a whole number",
                        Long.class, "a whole number",
                        boolean.class, "true or false",
                        Boolean.class, "true or false")
                .getOrDefault(type == null ? Object.class : type, "of another form");
        return Problem.badRequest("The parameter '" + parameter + "' must be " + form + ".");
    }
}
