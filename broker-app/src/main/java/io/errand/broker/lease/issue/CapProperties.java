package io.errand.broker.lease.issue;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** @param maxLive leases of the whole deployment that are not REVOKED, at most; agents have their own {@code max_live_leases} */
@ConfigurationProperties("errand.lease")
record CapProperties(@DefaultValue("100000") int maxLive) {

    CapProperties {
        if (maxLive < 1) {
            throw new IllegalArgumentException("errand.lease.max-live is at least 1");
        }
    }
}
