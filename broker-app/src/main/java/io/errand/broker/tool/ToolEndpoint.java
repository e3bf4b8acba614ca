package io.errand.broker.tool;

import io.errand.api.ToolResource;
import io.errand.broker.shared.web.ResourceEndpoint;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/admin/v1/tools")
class ToolEndpoint extends ResourceEndpoint<ToolResource> {

    ToolEndpoint(ToolRegistry tools) {
        super(tools);
    }
}
