package io.errand.broker.agent;

import io.errand.api.AgentResource;
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
@RequestMapping("/admin/v1/agents")
class AgentEndpoint extends StoredResources<AgentResource> {

    AgentEndpoint(AgentRegistry registry) {
        super(registry);
    }

    /**
     * Creates or replaces.
     *
     * @param revoke whether tasks that go on by an identity which is taken from the agent are ended; otherwise they make it a
     *     conflict
     * @param allowMissing whether issuers, tools and actions may be named that are not registered yet
     */
    @PutMapping("/{name}")
    ResponseEntity<Object> put(
            @PathVariable String name,
            @RequestBody AgentResource resource,
            @RequestParam(defaultValue = "false") boolean revoke,
            @RequestParam(name = "allow_missing", defaultValue = "false") boolean allowMissing,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            Principal who) {
        return save(name, resource, ifMatch, revoke, allowMissing, who);
    }
}
