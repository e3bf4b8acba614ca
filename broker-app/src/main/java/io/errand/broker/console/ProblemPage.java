package io.errand.broker.console;

import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.ModelAndView;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;

/** A refusal as people see it: one sentence that says what to do. */
@Component
class ProblemPage {

    private static final String TEMPLATE = "console/problem";

    private final ITemplateEngine templates;

    ProblemPage(ITemplateEngine templates) {
        this.templates = templates;
    }

    static ModelAndView of(Problem problem) {
        return new ModelAndView(TEMPLATE, Map.of("problem", problem), problem.status());
    }

    /** A page again, with why what was sent from it is refused; null: nothing was. */
    static ModelAndView above(ModelAndView page, @Nullable Problem refused) {
        page.setStatus(refused == null ? HttpStatus.OK : refused.status());
        return page.addObject("refused", refused);
    }

    /** Where no page was asked for its answer yet: in filters. */
    void write(HttpServletResponse response, Problem problem) throws IOException {
        response.setStatus(problem.status().value());
        response.setContentType("text/html;charset=UTF-8");
        String page = templates.process(TEMPLATE, new Context(Locale.ROOT, Map.of("problem", problem)));
        response.getOutputStream().write(page.getBytes(StandardCharsets.UTF_8));
    }
}
