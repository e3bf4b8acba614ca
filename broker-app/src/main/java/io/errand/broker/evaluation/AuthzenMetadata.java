package io.errand.broker.evaluation;

import io.errand.broker.shared.ErrandProperties;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /.well-known/authzen-configuration} (AuthZEN Authorization API 1.0 §9); it lists what is there. */
@RestController
class AuthzenMetadata {

    private final String issuer;

    AuthzenMetadata(ErrandProperties errand) {
        this.issuer = errand.issuer();
    }

    @GetMapping("/.well-known/authzen-configuration")
    Map<String, Object> configuration() {
        return new TreeMap<>(Map.of(
                "policy_decision_point", issuer,
                "access_evaluation_endpoint", issuer + "/access/v1/evaluation",
                "access_evaluations_endpoint", issuer + "/access/v1/evaluations"));
    }
}
