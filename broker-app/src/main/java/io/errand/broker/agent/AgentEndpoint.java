package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.broker.shared.web.Resources;
import io.errand.broker.shared.web.StoredResources;
import java.security.Principal;
import java.util.Set;
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

    private final AgentRegistry agents;

    AgentEndpoint(AgentRegistry agents) {
        super(agents);
        this.agents = agents;
    }

    /**
     * Creates or replaces.
     *
     * @param revoke whether tasks that go on by an identity which is taken from the agent are ended; otherwise they make it a
     *     conflict
     * @param allowMissing whether issuers, tools, actions and agents may be named that are not registered yet
     * @param announced agents that are registered next, which {@code delegates_to} may name already
     */
    @PutMapping("/{name}")
    ResponseEntity<Object> put(
            @PathVariable String name,
            @RequestBody AgentResource resource,
            @RequestParam(defaultValue = "false") boolean revoke,
            @RequestParam(name = "allow_missing", defaultValue = "false") boolean allowMissing,
            @RequestParam(defaultValue = "") Set<String> announced,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            Principal who) {
        return save(
                name,
                ifMatch,
                expected -> agents.put(
                        name,
                        resource,
                        new Resources.Change(expected, revoke, allowMissing, announced, who.getName())));
    }
}
