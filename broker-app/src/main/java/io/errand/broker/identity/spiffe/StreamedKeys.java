package io.errand.broker.identity.spiffe;

import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.VerificationKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys of a trust domain that are told before they are asked for: what the Workload API withdraws is gone at once. */
record StreamedKeys(
        String trustDomain, BundleStream<?, List<VerificationKey>> jwt, BundleStream<?, List<X509Certificate>> x509)
        implements KeySet {

    @Override
    public Found find(@Nullable String kid) {
        return switch (jwt.of(trustDomain)) {
            case BundleStream.Bundle<List<VerificationKey>>(var keys) -> new Known(KeySet.named(keys, kid));
            case BundleStream.Nothing<List<VerificationKey>>(String cause) -> new Unavailable(cause);
        };
    }

    @Override
    public Look look() {
        return switch (find(null)) {
            case Known(var keys) -> new Look(keys.size(), null, null);
            case Unavailable(String cause) -> new Look(0, null, cause);
        };
    }

    @Override
    public Trusted authorities() {
        return switch (x509.of(trustDomain)) {
            case BundleStream.Bundle<List<X509Certificate>>(var certificates) -> new Authorities(certificates);
            case BundleStream.Nothing<List<X509Certificate>>(String cause) -> new Unavailable(cause);
        };
    }
}
