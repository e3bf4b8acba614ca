package io.errand.broker.probe;

import io.errand.api.ToolProbe;
import io.errand.api.ToolProbeRequest;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** {@code /admin/v1/tools/{name}/probe}. */
@RestController
class ProbeEndpoint {

    private final ToolProbes probes;

    ProbeEndpoint(ToolProbes probes) {
        this.probes = probes;
    }

    /** A credential for one action is made, used, ended and looked for; 200 says that this was tried, and {@code result} what came of it. */
    @Answers(ToolProbe.class)
    @PostMapping("/admin/v1/tools/{name}/probe")
    ResponseEntity<Object> probe(
            @PathVariable String name, @RequestBody(required = false) @Nullable ToolProbeRequest asked, Principal who) {
        return Names.check(name)
                .map(Result::<ToolProbe>refused)
                .orElseGet(() -> probes.of(name, asked == null ? null : asked.action(), who.getName()))
                .response();
    }
}
