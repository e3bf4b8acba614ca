package io.errand.broker.offboarding;

import io.errand.api.OffboardingView;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** {@code /admin/v1/agents/{name}/offboarding}: how far the end of a retired agent has come, and its report. */
@RestController
class OffboardingEndpoint {

    private final Offboardings offboardings;

    OffboardingEndpoint(Offboardings offboardings) {
        this.offboardings = offboardings;
    }

    /** Of a deleted agent too; it begins with the agent's retirement. */
    @Answers(OffboardingView.class)
    @GetMapping("/admin/v1/agents/{name}/offboarding")
    ResponseEntity<Object> get(@PathVariable String name) {
        return (Names.check(name).isPresent()
                        ? Result.<OffboardingView>refused(Problem.notFound("No agent of that name was retired."))
                        : offboardings
                                .find(name)
                                .map(Result::ok)
                                .orElseGet(
                                        () -> Result.refused(Problem.notFound("No agent '" + name + "' was retired."))))
                .response();
    }
}
