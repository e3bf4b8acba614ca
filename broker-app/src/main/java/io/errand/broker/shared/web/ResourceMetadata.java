package io.errand.broker.shared.web;

import io.errand.broker.shared.ErrandProperties;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.stereotype.Component;

/** Where our own APIs say whose tokens they take (RFC 9728). */
@Component
public class ResourceMetadata {

    public static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";

    private static final List<String> OTHERS = List.of("/admin/v1", "/access/v1");

    private final String issuer;

    ResourceMetadata(ErrandProperties errand) {
        this.issuer = errand.issuer();
    }

    /** §5.1: a challenge that says where to read on. */
    public String on(String challenge, HttpServletRequest request) {
        String api = OTHERS.stream()
                .filter(one -> request.getRequestURI().startsWith(one.substring(0, one.lastIndexOf('/') + 1)))
                .findFirst()
                .orElse("/v1");
        return challenge + (challenge.contains("=") ? ", " : " ") + "resource_metadata=\"" + issuer + WELL_KNOWN + api
                + "\"";
    }
}
