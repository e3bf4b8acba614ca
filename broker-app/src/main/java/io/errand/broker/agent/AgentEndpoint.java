package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.broker.shared.web.ResourceEndpoint;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/admin/v1/agents")
class AgentEndpoint extends ResourceEndpoint<AgentResource> {

    AgentEndpoint(AgentRegistry agents) {
        super(agents);
    }
}
