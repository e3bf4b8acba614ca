package io.errand.broker.identity.issuer;

import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.jwt.VerificationKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keys that an issuer is asked for. Every issuer has its own lock, so that one that does not answer delays
 * only its own tokens, and of those only the ones that cannot go on without it.
 */
public final class FetchedKeys implements KeySet {

    /** What was fetched at once; no record, since each is only ever equal to itself. */
    private static final class Snapshot {

        private final List<VerificationKey> keys;
        private final List<X509Certificate> authorities;
        private final Instant at;

        Snapshot(KeySource.Fetched fetched, Instant at) {
            this.keys = fetched.keys();
            this.authorities = fetched.authorities();
            this.at = at;
        }

        List<VerificationKey> named(@Nullable String kid) {
            return KeySet.named(keys, kid);
        }
    }

    private final KeySource source;
    private final IdentityProperties limits;
    private final InstantSource clock;
    private final ReentrantLock fetching = new ReentrantLock();
    private volatile @Nullable Snapshot latest;
    private volatile String lastFailure = "the keys were not fetched yet";

    /** When keys were last asked for because of an unknown {@code kid} or after a failure; written under the lock. */
    private Instant lastTry = Instant.MIN;

    public FetchedKeys(KeySource source, IdentityProperties limits, InstantSource clock) {
        this.source = source;
        this.limits = limits;
        this.clock = clock;
    }

    @Override
    public Found find(@Nullable String kid) {
        Snapshot known = usable();
        if (known == null) {
            return new Unavailable(lastFailure);
        }
        List<VerificationKey> named = known.named(kid);
        if (!named.isEmpty()) {
            return new Known(named);
        }
        return new Known(refreshedAfter(known).named(kid));
    }

    /** An authority is published long before it signs, so nothing is asked for anew because of a certificate. */
    @Override
    public Trusted authorities() {
        Snapshot known = usable();
        return known == null ? new Unavailable(lastFailure) : new Authorities(known.authorities);
    }

    @Override
    public Look look() {
        Snapshot known = latest;
        Instant readAt = known == null ? null : known.at;
        return switch (source.fetch()) {
            case KeySource.Fetched answer -> new Look(answer.keys().size(), readAt, null);
            case KeySource.Failed(String cause) -> new Look(0, readAt, cause);
        };
    }

    /** What is fresh at once; what is old is fetched by whoever comes first while the others go on with what they have. */
    private @Nullable Snapshot usable() {
        Snapshot known = latest;
        if (known != null && isYoungerThan(limits.keyMaxAge(), known)) {
            return known;
        }
        if (known != null && isYoungerThan(limits.staleKeys(), known)) {
            if (!fetching.tryLock()) {
                return known;
            }
        } else {
            fetching.lock();
        }
        try {
            Snapshot now = latest;
            if (now == known && mayTry()) {
                now = fetch(now);
            }
            return now != null && isYoungerThan(limits.staleKeys(), now) ? now : null;
        } finally {
            fetching.unlock();
        }
    }

    /** The keys may have been rotated since: one look, and then none for a while whatever strangers send. */
    private Snapshot refreshedAfter(Snapshot known) {
        fetching.lock();
        try {
            Snapshot now = latest;
            if (now != null && now != known) {
                return now;
            }
            if (!mayTry()) {
                return known;
            }
            lastTry = clock.instant();
            Snapshot fetched = fetch(known);
            return fetched == null ? known : fetched;
        } finally {
            fetching.unlock();
        }
    }

    private boolean mayTry() {
        return lastTry.equals(Instant.MIN) || !clock.instant().isBefore(lastTry.plus(limits.keyRefreshInterval()));
    }

    private @Nullable Snapshot fetch(@Nullable Snapshot known) {
        Instant asked = clock.instant();
        return switch (source.fetch()) {
            case KeySource.Fetched answer -> {
                Snapshot fetched = new Snapshot(answer, asked);
                latest = fetched;
                yield fetched;
            }
            case KeySource.Failed(String cause) -> {
                lastTry = clock.instant();
                lastFailure = cause;
                yield known;
            }
        };
    }

    private boolean isYoungerThan(Duration age, Snapshot snapshot) {
        return clock.instant().isBefore(snapshot.at.plus(age));
    }
}
