package io.errand.broker.console;

import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.servlet.ModelAndView;

/** The way in and the way out. */
@Controller
class FrontPages {

    private final ConsoleSessions consoleSessions;
    private final Cookies cookies;

    FrontPages(ConsoleSessions consoleSessions, Cookies cookies) {
        this.consoleSessions = consoleSessions;
        this.cookies = cookies;
    }

    @GetMapping({"/console", "/console/"})
    ModelAndView first() {
        return SeeOther.to(ConsoleSecurity.FIRST_PAGE);
    }

    /** What is not found says so as a page, not as the API does; the style sheet is none of these. */
    @GetMapping({"/console/{page:(?!assets$).+}", "/console/{page:(?!assets$).+}/**"})
    ModelAndView nowhere() {
        return ProblemPage.of(Problem.notFound("There is no such page; see the address."));
    }

    /** Here and now, whoever else has the cookie. The session at the issuer is the issuer's. */
    @PostMapping(ConsoleSecurity.SIGN_OUT)
    ModelAndView signOut(HttpServletRequest request, HttpServletResponse response) {
        cookies.read(request, Cookies.Kind.SESSION).ifPresent(consoleSessions::end);
        cookies.clear(response, Cookies.Kind.SESSION);
        return SeeOther.to(ConsoleSecurity.SIGNED_OUT);
    }

    @GetMapping(ConsoleSecurity.SIGNED_OUT)
    ModelAndView signedOut() {
        return new ModelAndView("console/signed-out");
    }
}
