package io.errand.broker.console;

import org.springframework.http.HttpStatus;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.View;

/** What was sent is done, and reloading the page that shows it sends nothing again (RFC 9110 §15.4.4). */
final class SeeOther {

    private SeeOther() {}

    static ModelAndView to(String path) {
        View view = (model, request, response) -> {
            response.setStatus(HttpStatus.SEE_OTHER.value());
            response.setHeader("Location", path);
        };
        return new ModelAndView(view);
    }
}
