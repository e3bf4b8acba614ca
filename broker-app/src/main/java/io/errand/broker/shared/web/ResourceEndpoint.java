package io.errand.broker.shared.web;

import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;

/** {@code PUT}, {@code GET}, {@code DELETE} and the list of one kind of resource on which nothing live depends. */
public abstract class ResourceEndpoint<R> extends StoredResources<R> {

    protected ResourceEndpoint(Resources<R> resources) {
        super(resources);
    }

    @PutMapping("/{name}")
    public ResponseEntity<Object> put(
            @PathVariable String name,
            @RequestBody R resource,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            Principal who) {
        return save(name, resource, ifMatch, false, who);
    }
}
