package io.errand.broker.console;

import io.errand.broker.shared.web.Faults;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.servlet.ModelAndView;

/** What every page knows, and what breaks while one is made, which is told on a page. */
@ControllerAdvice(basePackageClasses = EveryPage.class)
@Order(Ordered.HIGHEST_PRECEDENCE)
class EveryPage {

    /** Who looks at it. */
    @ModelAttribute("me")
    @Nullable
    SanitizedText me(@AuthenticationPrincipal @Nullable SignedIn who) {
        return who == null ? null : SanitizedText.of(who.getName());
    }

    /** For what other people wrote. */
    @ModelAttribute("visible")
    Function<String, SanitizedText> visible() {
        return SanitizedText::of;
    }

    /** Security answers these itself, in its own filter. */
    @ExceptionHandler({AccessDeniedException.class, AuthenticationException.class})
    void leaveToSecurity(RuntimeException refusal) {
        throw refusal;
    }

    @ExceptionHandler(Exception.class)
    ModelAndView anythingElse(Exception fault) {
        return ProblemPage.of(Faults.of(fault));
    }
}
