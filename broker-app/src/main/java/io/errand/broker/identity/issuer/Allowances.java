package io.errand.broker.identity.issuer;

import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.jwt.TrustedIssuer;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * How many tokens of an issuer this replica looks at, one bucket for each registered issuer. Asked before the signature, which is
 * what costs; a second's worth may come at once.
 */
@Component
public class Allowances {

    private final Map<String, Bucket> byIssuer = new ConcurrentHashMap<>();
    private final int perSecond;
    private final TimeMeter time;

    public @Autowired Allowances(IdentityProperties limits) {
        this(limits.verificationsPerSecond(), TimeMeter.SYSTEM_NANOTIME);
    }

    public Allowances(int perSecond, TimeMeter time) {
        this.perSecond = perSecond;
        this.time = time;
    }

    public boolean mayVerify(TrustedIssuer issuer) {
        return mayVerify(issuer.name());
    }

    public boolean mayVerify(String issuer) {
        return byIssuer.computeIfAbsent(issuer, name -> full()).tryConsume(1);
    }

    private Bucket full() {
        return Bucket.builder()
                .withCustomTimePrecision(time)
                .addLimit(limit -> limit.capacity(perSecond).refillGreedy(perSecond, Duration.ofSeconds(1)))
                .build();
    }
}
