package io.errand.broker.console;

import io.errand.api.ApprovalDecision;
import io.errand.api.ApprovalView;
import io.errand.api.Page;
import io.errand.broker.approval.ApprovalDesk;
import io.errand.broker.audit.Reads;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.ModelAndView;

/** What waits for people, each request with every member of it, and what they say. */
@Controller
@RequestMapping("/console/approvals")
class ApprovalPages {

    private static final int ROWS = 50;
    private static final String ANY = "any";

    private static final Problem NO_APPROVER =
            Problem.forbidden("You may look, but not decide: your role does not include errand.approver.");

    private final ApprovalDesk desk;
    private final Reads reads;

    ApprovalPages(ApprovalDesk desk, Reads reads) {
        this.desk = desk;
        this.reads = reads;
    }

    @GetMapping
    ModelAndView list(
            @RequestParam(defaultValue = "pending") String state,
            @RequestParam(required = false) @Nullable String cursor,
            @AuthenticationPrincipal SignedIn who) {
        return switch (desk.page(state.equals(ANY) ? null : state, cursor, ROWS, null, true)) {
            case Result.Refused<Page<ApprovalView>>(Problem problem) -> ProblemPage.of(problem);
            case Result.Ok<Page<ApprovalView>>(Page<ApprovalView> page) -> {
                reads.page(
                        new Reads.Read(who.getName(), "approvals", Map.of("state", state)),
                        cursor != null,
                        page.items().size());
                yield new ModelAndView("console/approvals")
                        .addObject("rows", ApprovalSummary.of(page.items()))
                        .addObject("next", page.next())
                        .addObject("state", state);
            }
        };
    }

    @GetMapping("/{id}")
    ModelAndView show(@PathVariable String id, @AuthenticationPrincipal SignedIn who) {
        return show(id, who, null, null);
    }

    /** The comment of a form that was refused is not lost. */
    private ModelAndView show(String id, SignedIn who, @Nullable Problem refused, @Nullable String comment) {
        return switch (desk.find(id)) {
            case Result.Refused<ApprovalView>(Problem problem) -> ProblemPage.of(problem);
            case Result.Ok<ApprovalView>(ApprovalView approval) -> {
                String request = Objects.requireNonNull(approval.request());
                ModelAndView page = new ModelAndView("console/approval")
                        .addObject("approval", approval)
                        .addObject("tree", DetailTree.of(request))
                        .addObject("exact", SanitizedText.of(request))
                        .addObject("obstacle", obstacle(id, who).orElse(null))
                        .addObject("comment", comment);
                yield ProblemPage.above(page, refused);
            }
        };
    }

    private Optional<Problem> obstacle(String id, SignedIn who) {
        return who.isApprover() ? desk.obstacle(id, who.person()) : Optional.of(NO_APPROVER);
    }

    @PostMapping("/{id}")
    ModelAndView decide(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable String decision,
            @RequestParam(required = false) @Nullable String digest,
            @RequestParam(required = false) @Nullable String comment,
            @AuthenticationPrincipal SignedIn who) {
        String said = comment == null || comment.isBlank() ? null : comment;
        return switch (desk.decide(id, new ApprovalDecision(decision, digest, said), who.person())) {
            case Result.Ok<ApprovalView>(ApprovalView approval) -> SeeOther.to("/console/approvals/" + approval.id());
            case Result.Refused<ApprovalView>(Problem problem) -> show(id, who, problem, comment);
        };
    }
}
