package io.errand.broker.policy.registry;

import io.errand.api.OpenPolicyResource;
import io.errand.broker.shared.web.ResourceEndpoint;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Policies about entity types of their own, for administrators. */
@RestController
@RequestMapping("/admin/v1/open-policies")
class OpenPolicyEndpoint extends ResourceEndpoint<OpenPolicyResource> {

    OpenPolicyEndpoint(OpenPolicyRegistry registry) {
        super(registry);
    }
}
