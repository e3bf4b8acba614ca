package io.errand.broker.identity.issuer;

import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.Verification;
import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.TrustedIssuer;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * X.509-SVIDs of registered trust domains. TLS has seen that the client holds the key, and that some authority which the service
 * trusts for TLS vouches for the certificate; whether it is the one of this trust domain is asked here.
 */
@Component
class X509Svids {

    private static final int URI = 6;
    private static final int MAX_CHAIN = 5;
    private static final int DIGITAL_SIGNATURE = 0;
    private static final int CERT_SIGN = 5;
    private static final int CRL_SIGN = 6;

    private final TrustedIssuers issuers;
    private final Allowances allowances;
    private final Clock clock;

    X509Svids(TrustedIssuers issuers, Allowances allowances, Clock clock) {
        this.issuers = issuers;
        this.allowances = allowances;
        this.clock = clock;
    }

    /** Empty: it claims no SPIFFE ID of a registered trust domain that has authorities, and says nothing about who its holder is. */
    Optional<Verification> verify(List<X509Certificate> chain) {
        if (chain.isEmpty()) {
            return Optional.empty();
        }
        List<String> names = names(chain.getFirst());
        Optional<TrustedIssuer> claimed = names.stream()
                .flatMap(name -> issuers.ofSpiffeId(name).stream())
                .filter(issuer -> issuer.purpose() == IssuerPurpose.WORKLOAD)
                .findFirst();
        return claimed.flatMap(issuer -> switch (issuer.keys().authorities()) {
            case KeySet.Unavailable(String cause) -> Optional.of(Reason.KEYS_UNAVAILABLE.because(issuer.name(), cause));
            case KeySet.Authorities(List<X509Certificate> none) when none.isEmpty() -> Optional.empty();
            case KeySet.Authorities(List<X509Certificate> authorities) ->
                Optional.of(verify(chain, names, authorities, issuer));
        });
    }

    private Verification verify(
            List<X509Certificate> chain, List<String> names, List<X509Certificate> authorities, TrustedIssuer issuer) {
        X509Certificate leaf = chain.getFirst();
        if (!allowances.mayVerify(issuer)) {
            return Reason.ISSUER_TOO_BUSY.because(
                    issuer.name(),
                    "More was to be verified within a second than errand.identity.verifications-per-second");
        }
        if (names.size() != 1 || chain.size() > MAX_CHAIN || !isOfWorkload(leaf)) {
            return Reason.CERTIFICATE_INVALID.because(
                    issuer.name(), "The certificate is no X.509-SVID of a workload (X509-SVID §2, §4)");
        }
        if (!isSignedBy(authorities, chain)) {
            return Reason.CERTIFICATE_INVALID.because(
                    issuer.name(), "The certificate is not valid now, or not by an authority of the trust domain");
        }
        return new Verification.Verified(new Identity(
                issuer.name(),
                issuer.purpose(),
                names.getFirst(),
                Map.of("sub", names.getFirst()),
                Optional.empty(),
                Identity.WorkloadRuntime.UNKNOWN,
                leaf.getNotAfter().toInstant()));
    }

    /** X509-SVID §4: a leaf signs no certificates, and is for signatures. */
    private static boolean isOfWorkload(X509Certificate leaf) {
        boolean[] usage = leaf.getKeyUsage();
        return leaf.getBasicConstraints() < 0
                && usage != null
                && usage[DIGITAL_SIGNATURE]
                && !usage[CERT_SIGN]
                && !usage[CRL_SIGN];
    }

    private boolean isSignedBy(List<X509Certificate> authorities, List<X509Certificate> chain) {
        try {
            PKIXParameters parameters = new PKIXParameters(authorities.stream()
                    .map(authority -> new TrustAnchor(authority, null))
                    .collect(Collectors.toSet()));
            parameters.setRevocationEnabled(false); // SVIDs live for an hour or so instead
            parameters.setDate(Date.from(clock.instant()));
            CertPathValidator.getInstance("PKIX")
                    .validate(
                            CertificateFactory.getInstance("X.509")
                                    .generateCertPath(chain.stream()
                                            .filter(certificate -> !authorities.contains(certificate))
                                            .toList()),
                            parameters);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The URIs among its names (X509-SVID §2: an SVID has exactly one). */
    private static List<String> names(X509Certificate leaf) {
        try {
            Collection<List<?>> names = leaf.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> Integer.valueOf(URI).equals(name.getFirst()))
                            .flatMap(name -> name.get(1) instanceof String uri ? Stream.of(uri) : null)
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }
}
