package io.errand.broker.identity;

import io.errand.api.IssuerResource;
import io.errand.broker.shared.web.ResourceEndpoint;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/admin/v1/issuers")
class IssuerEndpoint extends ResourceEndpoint<IssuerResource> {

    IssuerEndpoint(IssuerRegistry registry) {
        super(registry);
    }
}
