package io.errand.broker.policy;

import io.errand.api.PolicyResource;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.ResourceEndpoint;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Policy sets for administrators. */
@RestController
@RequestMapping("/admin/v1/policies")
class PolicyEndpoint extends ResourceEndpoint<PolicyResource> {

    private final PolicyRegistry registry;

    PolicyEndpoint(PolicyRegistry registry) {
        super(registry);
        this.registry = registry;
    }

    /** Any version that ever was, also of a set that was deleted. */
    @GetMapping(path = "/{name}", params = "version")
    ResponseEntity<Object> get(@PathVariable String name, @RequestParam int version) {
        return registry.find(name, version)
                .map(found ->
                        ResponseEntity.ok().eTag("\"" + found.version() + "\"").<Object>body(found.resource()))
                .orElseGet(() -> Problem.notFound("There is no such version of this policy.")
                        .response());
    }
}
