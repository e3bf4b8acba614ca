package io.errand.broker.console;

import io.errand.api.BreakGlassRequest;
import io.errand.api.BreakGlassReview;
import io.errand.api.BreakGlassView;
import io.errand.api.Page;
import io.errand.broker.approval.BreakGlassDesk;
import io.errand.broker.audit.Reads;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.ModelAndView;

/** Break-glass from its activation to the closed review. */
@Controller
@RequestMapping("/console/breakglass")
class BreakGlassPages {

    private static final int ROWS = 50;
    private static final Pattern BETWEEN_NAMES = Pattern.compile("[\\s,]+");

    private final BreakGlassDesk desk;
    private final Reads reads;

    BreakGlassPages(BreakGlassDesk desk, Reads reads) {
        this.desk = desk;
        this.reads = reads;
    }

    /**
     * What was typed.
     *
     * @param tools names with commas or spaces between them
     * @param minutes how long
     */
    record Form(
            @Nullable String agent,
            @Nullable String task,
            @Nullable String tools,
            @Nullable String reason,
            @Nullable String ticket,
            @Nullable String minutes) {

        static final Form EMPTY = new Form(null, null, null, null, null, null);

        BreakGlassRequest request() {
            return new BreakGlassRequest(
                    filled(agent),
                    filled(task),
                    filled(tools) == null ? List.of() : List.of(BETWEEN_NAMES.split(String.valueOf(filled(tools)))),
                    reason,
                    ticket,
                    ttl());
        }

        @Nullable
        Duration ttl() {
            return minutes != null && minutes.strip().matches("[0-9]{1,6}")
                    ? Duration.ofMinutes(Long.parseLong(minutes.strip()))
                    : null;
        }

        private static @Nullable String filled(@Nullable String typed) {
            return typed == null || typed.isBlank() ? null : typed.strip();
        }
    }

    /** A form has the fields of its record; names such as {@code tools[0]} are nobody's. */
    @InitBinder
    void fields(WebDataBinder binder) {
        binder.setDeclarativeBinding(true);
    }

    @GetMapping
    ModelAndView list(@RequestParam(required = false) @Nullable String cursor, @AuthenticationPrincipal SignedIn who) {
        return switch (desk.page(cursor, ROWS, null)) {
            case Result.Refused<Page<BreakGlassView>>(Problem problem) -> ProblemPage.of(problem);
            case Result.Ok<Page<BreakGlassView>>(Page<BreakGlassView> page) -> {
                reads.page(
                        new Reads.Read(who.getName(), "break_glasses", Map.of()),
                        cursor != null,
                        page.items().size());
                yield new ModelAndView("console/breakglasses")
                        .addObject("rows", page.items())
                        .addObject("next", page.next())
                        .addObject("operator", who.isOperator());
            }
        };
    }

    @GetMapping("/new")
    ModelAndView begin() {
        return form(Form.EMPTY, null);
    }

    private ModelAndView form(Form typed, @Nullable Problem refused) {
        ModelAndView page = new ModelAndView("console/breakglass-new")
                .addObject("typed", typed)
                .addObject("longest", desk.maxTtl().toMinutes());
        return ProblemPage.above(page, refused);
    }

    @PostMapping
    ModelAndView activate(Form typed, @AuthenticationPrincipal SignedIn who) {
        long longest = desk.maxTtl().toMinutes();
        if (typed.ttl() == null || typed.ttl().isZero() || typed.ttl().toMinutes() > longest) {
            return form(
                    typed, Problem.invalidMember("minutes", "Minutes is a whole number from 1 to " + longest + "."));
        }
        return switch (desk.activate(typed.request(), who.person())) {
            case Result.Ok<BreakGlassView>(BreakGlassView view) -> SeeOther.to("/console/breakglass/" + view.id());
            case Result.Refused<BreakGlassView>(Problem problem) -> form(typed, problem);
        };
    }

    @GetMapping("/{id}")
    ModelAndView show(@PathVariable String id, @AuthenticationPrincipal SignedIn who) {
        return show(id, who, null, null);
    }

    private ModelAndView show(String id, SignedIn who, @Nullable Problem refused, @Nullable String comment) {
        return switch (desk.find(id)) {
            case Result.Refused<BreakGlassView>(Problem problem) -> ProblemPage.of(problem);
            case Result.Ok<BreakGlassView>(BreakGlassView view) -> {
                ModelAndView page = new ModelAndView("console/breakglass")
                        .addObject("view", view)
                        .addObject("operator", who.isOperator())
                        .addObject("own", view.who().equals(who.getName()))
                        .addObject("comment", comment);
                yield ProblemPage.above(page, refused);
            }
        };
    }

    @PostMapping("/{id}/end")
    ModelAndView end(@PathVariable String id, @AuthenticationPrincipal SignedIn who) {
        return shown(desk.end(id, who.person()), id, who, null);
    }

    @PostMapping("/{id}/review")
    ModelAndView review(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable String finding,
            @RequestParam(required = false) @Nullable String comment,
            @AuthenticationPrincipal SignedIn who) {
        return shown(desk.review(id, new BreakGlassReview(finding, comment), who.person()), id, who, comment);
    }

    private ModelAndView shown(Result<BreakGlassView> done, String id, SignedIn who, @Nullable String comment) {
        return switch (done) {
            case Result.Ok<BreakGlassView>(BreakGlassView view) -> SeeOther.to("/console/breakglass/" + view.id());
            case Result.Refused<BreakGlassView>(Problem problem) -> show(id, who, problem, comment);
        };
    }
}
