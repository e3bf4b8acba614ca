package io.errand.broker.signal.transmitter;

import io.errand.api.SsfConfiguration;
import io.errand.api.SsfConfiguration.AuthorizationScheme;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.web.Answers;
import java.net.URI;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /.well-known/ssf-configuration} (SSF 1.0 §7.1): what receivers need to know before they have a stream. */
@RestController
class SsfMetadata {

    private final String issuer;

    SsfMetadata(ErrandProperties errand) {
        this.issuer = errand.issuer();
    }

    @Answers(SsfConfiguration.class)
    @GetMapping("/.well-known/ssf-configuration")
    SsfConfiguration configuration() {
        return new SsfConfiguration(
                "1_0",
                issuer,
                at("/oauth2/jwks"),
                List.of(StreamRequest.PUSH, StreamRequest.POLL),
                at(StreamEndpoint.STREAM),
                at(StatusEndpoint.STATUS),
                at(StatusEndpoint.VERIFICATION),
                List.of(new AuthorizationScheme("urn:ietf:rfc:6750")),
                "ALL");
    }

    private URI at(String path) {
        return URI.create(issuer + path);
    }
}
