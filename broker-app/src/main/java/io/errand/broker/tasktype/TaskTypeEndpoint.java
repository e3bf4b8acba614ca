package io.errand.broker.tasktype;

import io.errand.api.TaskTypeResource;
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
@RequestMapping("/admin/v1/task-types")
class TaskTypeEndpoint extends StoredResources<TaskTypeResource> {

    private final TaskTypeRegistry types;

    TaskTypeEndpoint(TaskTypeRegistry types) {
        super(types);
        this.types = types;
    }

    /**
     * Creates or replaces.
     *
     * @param allowMissing whether tools and actions may be named that are not registered yet
     */
    @PutMapping("/{name}")
    ResponseEntity<Object> put(
            @PathVariable String name,
            @RequestBody TaskTypeResource resource,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestParam(name = "allow_missing", defaultValue = "false") boolean allowMissing,
            Principal who) {
        return save(
                name,
                ifMatch,
                expected ->
                        types.put(name, resource, new Resources.Change(expected, false, allowMissing, who.getName())));
    }
}
