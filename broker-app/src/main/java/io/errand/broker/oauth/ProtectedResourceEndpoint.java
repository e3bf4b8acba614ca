package io.errand.broker.oauth;

import static io.errand.broker.shared.web.ResourceMetadata.WELL_KNOWN;

import io.errand.broker.shared.ErrandProperties;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * RFC 9728: whose tokens our own APIs take. For agents' APIs that is the broker itself, for the administrators' the issuer that
 * they log in at.
 */
@RestController
class ProtectedResourceEndpoint {

    private final String issuer;
    private final AdministratorsIssuer administrators;

    ProtectedResourceEndpoint(ErrandProperties errand, AdministratorsIssuer administrators) {
        this.issuer = errand.issuer();
        this.administrators = administrators;
    }

    @GetMapping(WELL_KNOWN + "/v1")
    Map<String, Object> tasks() {
        Map<String, Object> metadata = of("/v1", "Tasks and leases", List.of(issuer));
        metadata.put("authorization_details_types_supported", List.of("tool_access"));
        return metadata;
    }

    @GetMapping(WELL_KNOWN + "/access/v1")
    Map<String, Object> decisions() {
        Map<String, Object> metadata = of("/access/v1", "Decisions on single actions", List.of(issuer));
        metadata.put("authorization_details_types_supported", List.of("tool_access"));
        return metadata;
    }

    @GetMapping(WELL_KNOWN + "/admin/v1")
    Map<String, Object> administration() {
        String theirs = administrators.issuer();
        return of("/admin/v1", "Administration", theirs == null ? List.of() : List.of(theirs));
    }

    /** §2: an empty list is left out. */
    private Map<String, Object> of(String path, String name, List<String> servers) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("resource", issuer + path);
        metadata.put("resource_name", name);
        if (!servers.isEmpty()) {
            metadata.put("authorization_servers", servers);
        }
        metadata.put("bearer_methods_supported", List.of("header"));
        return metadata;
    }
}
