package io.errand.broker.identity.issuer;

import io.errand.api.IssuerResource;
import io.errand.broker.shared.web.StoredResources;
import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/admin/v1/issuers")
class IssuerEndpoint extends StoredResources<IssuerResource> {

    IssuerEndpoint(IssuerRegistry registry) {
        super(registry);
    }

    /**
     * Creates or replaces.
     *
     * @param revoke whether tasks that go on by its identities are ended where these will be other identities; otherwise they make
     *     it a conflict
     */
    @PutMapping("/{name}")
    ResponseEntity<Object> put(
            @PathVariable String name,
            @RequestBody IssuerResource resource,
            @RequestParam(defaultValue = "false") boolean revoke,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            Principal who) {
        return save(name, resource, ifMatch, revoke, who);
    }
}
