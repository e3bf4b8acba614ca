package io.errand.broker.policy.whatif;

import io.errand.api.DecisionView;
import io.errand.api.PolicyReplay;
import io.errand.api.PolicyReplayReport;
import io.errand.api.PolicyTest;
import io.errand.api.PolicyTestReport;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** What policies would say, and why they said what they said. */
@RestController
class WhatIfEndpoint {

    private final PolicyTests policyTests;
    private final PolicyReplays replays;
    private final Explanations explanations;

    WhatIfEndpoint(PolicyTests policyTests, PolicyReplays replays, Explanations explanations) {
        this.policyTests = policyTests;
        this.replays = replays;
        this.explanations = explanations;
    }

    @Answers(PolicyTestReport.class)
    @PostMapping("/admin/v1/policies/test")
    ResponseEntity<Object> test(@RequestBody PolicyTest test) {
        return policyTests.run(test).response();
    }

    @Answers(value = PolicyReplayReport.class, refusals = 404)
    @PostMapping("/admin/v1/policies/replay")
    ResponseEntity<Object> replay(@RequestBody PolicyReplay asked) {
        return replays.replay(asked).response();
    }

    @Answers(DecisionView.class)
    @GetMapping("/admin/v1/decisions/{id}")
    ResponseEntity<Object> explain(@PathVariable String id) {
        Optional<DecisionView> found = Ids.parse(id).flatMap(explanations::of);
        return found.map(view -> ResponseEntity.<Object>ok(view))
                .orElseGet(() -> Problem.notFound("There is no such decision.").response());
    }
}
