package io.errand.broker.shared.web;

import io.errand.broker.shared.Problem;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** Where the servlet container sends what was refused, or broke, outside Spring MVC. */
@Controller
class ErrorPage implements ErrorController {

    @RequestMapping("${server.error.path:${error.path:/error}}")
    void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        Object fault = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
        // Nobody was sent here: somebody asked for this address.
        int code = status instanceof Integer said ? said : HttpStatus.NOT_FOUND.value();
        Problems.write(response, problem(code, fault instanceof Throwable thrown ? thrown : null));
    }

    static Problem problem(int code, @Nullable Throwable fault) {
        HttpStatus status = HttpStatus.resolve(code);
        return switch (status) {
            case UNAUTHORIZED -> plain(status, "unauthorized", "Show a valid access token as a bearer token.");
            case FORBIDDEN -> plain(status, "forbidden", "Your roles do not allow this; ask an administrator.");
            case NOT_FOUND -> plain(status, "not-found", "There is nothing at this address; see its spelling.");
            case METHOD_NOT_ALLOWED ->
                plain(status, "method-not-allowed", "This address does not know the method; see the header Allow.");
            case NOT_ACCEPTABLE -> plain(status, "not-acceptable", "The answer is JSON; accept application/json.");
            case UNSUPPORTED_MEDIA_TYPE ->
                plain(status, "unsupported-media-type", "Send the body as application/json in UTF-8.");
            case SERVICE_UNAVAILABLE -> plain(status, "unavailable", "The service is busy; try again later.");
            case NOT_IMPLEMENTED, HTTP_VERSION_NOT_SUPPORTED ->
                plain(status, "invalid-request", "The server speaks HTTP/1.1 and its usual methods; use these.");
            case null -> Faults.of(fault);
            default ->
                status.is4xxClientError()
                        ? plain(status, "invalid-request", "The server cannot read this request; see its form.")
                        : Faults.of(fault);
        };
    }

    private static Problem plain(HttpStatus status, String type, String detail) {
        return new Problem(status, type, detail, Map.of());
    }
}
