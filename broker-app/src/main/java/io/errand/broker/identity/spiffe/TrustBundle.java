package io.errand.broker.identity.spiffe;

import io.errand.api.Json;
import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.jwt.VerificationKey;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/** What a trust domain's bundle says (SPIFFE Trust Domain and Bundle §4.2): keys for JWT-SVIDs, authorities for X.509-SVIDs. */
public final class TrustBundle {

    /** More authorities than a trust domain ever has. */
    private static final int MOST = 100;

    private TrustBundle() {}

    public static KeySource.Fetched read(List<?> jwks) {
        return new KeySource.Fetched(
                VerificationKey.ofBundle(jwks),
                jwks.stream()
                        .limit(MOST)
                        .flatMap(jwk -> jwk instanceof Map<?, ?> members ? authority(members).stream() : null)
                        .toList());
    }

    /** The Workload API's JWT bundle of one trust domain: a key set. */
    static Optional<List<VerificationKey>> ofJwks(byte[] json) {
        if (json.length > Json.MAX_DOCUMENT_BYTES) {
            return Optional.empty();
        }
        try {
            return Json.mapper().readValue(new String(json, StandardCharsets.UTF_8), Object.class)
                                    instanceof Map<?, ?> bundle
                            && bundle.get("keys") instanceof List<?> keys
                    ? Optional.of(VerificationKey.ofWorkloadApi(keys))
                    : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** The Workload API's X.509 bundle of one trust domain: certificates in DER, one after another. */
    static Optional<List<X509Certificate>> ofCertificates(byte[] der) {
        if (der.length > Json.MAX_DOCUMENT_BYTES) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(der)).stream()
                            .limit(MOST)
                            .flatMap(
                                    certificate -> certificate instanceof X509Certificate x509 ? Stream.of(x509) : null)
                            .toList());
        } catch (CertificateException e) {
            return Optional.empty();
        }
    }

    /** One certificate in {@code x5c}; what cannot be read is no authority. */
    private static Optional<X509Certificate> authority(Map<?, ?> jwk) {
        if (!"x509-svid".equals(jwk.get("use"))
                || !(jwk.get("x5c") instanceof List<?> chain)
                || chain.size() != 1
                || !(chain.getFirst() instanceof String der)) {
            return Optional.empty();
        }
        try {
            return CertificateFactory.getInstance("X.509")
                                    .generateCertificate(new ByteArrayInputStream(
                                            Base64.getDecoder().decode(der)))
                            instanceof X509Certificate certificate
                    ? Optional.of(certificate)
                    : Optional.empty();
        } catch (CertificateException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
