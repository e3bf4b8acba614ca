package io.errand.broker.grant;

import io.errand.broker.identity.Issuers;
import io.errand.broker.shared.Nearest;
import io.errand.broker.tool.KnownIssuers;
import java.util.List;
import org.springframework.stereotype.Component;

/** What the tool room asks upwards about issuers. */
@Component
class RegisteredIssuerNames implements KnownIssuers {

    private final Issuers issuers;

    RegisteredIssuerNames(Issuers issuers) {
        this.issuers = issuers;
    }

    @Override
    public boolean isRegistered(String name) {
        return issuers.isRegistered(name);
    }

    @Override
    public List<String> nearest(String name) {
        return Nearest.to(name, issuers.names());
    }
}
