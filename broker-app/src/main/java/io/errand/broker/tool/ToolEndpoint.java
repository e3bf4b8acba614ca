package io.errand.broker.tool;

import io.errand.api.ToolResource;
import io.errand.broker.shared.web.Resources;
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
@RequestMapping("/admin/v1/tools")
class ToolEndpoint extends StoredResources<ToolResource> {

    private final ToolRegistry tools;

    ToolEndpoint(ToolRegistry tools) {
        super(tools);
        this.tools = tools;
    }

    /**
     * Creates or replaces.
     *
     * @param probe false: the target does not make a credential first and end it again, to show that it can
     * @param allowMissing whether issuers may be named that are not registered yet
     */
    @PutMapping("/{name}")
    ResponseEntity<Object> put(
            @PathVariable String name,
            @RequestBody ToolResource resource,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestParam(defaultValue = "true") boolean probe,
            @RequestParam(name = "allow_missing", defaultValue = "false") boolean allowMissing,
            Principal who) {
        return save(
                name,
                ifMatch,
                expected -> tools.put(
                        name, resource, new Resources.Change(expected, false, allowMissing, who.getName()), probe));
    }
}
