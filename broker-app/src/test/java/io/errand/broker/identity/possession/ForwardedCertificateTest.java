package io.errand.broker.identity.possession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.identity.possession.ClientCertificates.Chain;
import io.errand.broker.identity.possession.ClientCertificates.Unreadable;
import io.errand.broker.identity.possession.ProxyProperties.ClientCertificate;
import io.errand.broker.identity.possession.ProxyProperties.Format;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Certified;
import io.errand.testing.Authority.Content;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways in which proxies write certificates into headers, and what is none of them. */
class ForwardedCertificateTest {

    private static final Authority AUTHORITY = new Authority("forwarded");
    private static final Certified OWN = AUTHORITY.issue(Content.workload("spiffe://a.example/b"));
    private static final X509Certificate LEAF = OWN.certificate();
    private static final X509Certificate ROOT = AUTHORITY.own().certificate();
    private static final String PROXY = "10.1.2.3";

    @Test
    void rfc9440() throws CertificateEncodingException {
        assertThat(seen(Format.RFC9440, Map.of("Client-Cert", List.of(bytes(LEAF)))))
                .isEqualTo(new Chain(List.of(LEAF)));
        assertThat(seen(
                        Format.RFC9440,
                        Map.of(
                                "Client-Cert",
                                List.of(bytes(LEAF)),
                                "Client-Cert-Chain",
                                List.of(bytes(ROOT) + ", " + bytes(ROOT)))))
                .isEqualTo(new Chain(List.of(LEAF, ROOT, ROOT)));
    }

    @Test
    void pemAsNginxAndAsLoadBalancersHaveIt() {
        String pem = OWN.certificatePem();
        String both = pem + "\n" + AUTHORITY.own().certificatePem();
        // Some leave a plus sign as it is.
        String plus = escaped(both).replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");

        assertThat(seen(Format.PEM, "ssl-client-cert", escaped(pem))).isEqualTo(new Chain(List.of(LEAF)));
        assertThat(seen(Format.PEM, "ssl-client-cert", plus)).isEqualTo(new Chain(List.of(LEAF, ROOT)));
    }

    @Test
    void envoysElement() {
        String own = escaped(OWN.certificatePem());
        String chain = escaped(OWN.certificatePem() + AUTHORITY.own().certificatePem());
        String names = "By=spiffe://a.example/x;Hash=" + "a".repeat(64)
                + ";Subject=\"CN=a,O=\\\"b\\\";c\";URI=spiffe://a.example/b;DNS=a;DNS=b;";

        assertThat(envoy(names + "Cert=\"" + own + "\"")).isEqualTo(new Chain(List.of(LEAF)));
        assertThat(envoy("cert=" + own + ";")).isEqualTo(new Chain(List.of(LEAF)));
        assertThat(envoy(names + "Cert=\"" + own + "\";Chain=\"" + chain + "\""))
                .isEqualTo(new Chain(List.of(LEAF, ROOT)));
        for (String wrong : List.of(
                names,
                "Cert=\"" + own + "\",Cert=\"" + own + "\"",
                "Cert=\"" + own + "\";Cert=\"" + own + "\"",
                "Cert=\"" + own,
                "Cert=\"" + escaped(AUTHORITY.own().certificatePem()) + "\";Chain=\"" + chain + "\"",
                "=;Cert=" + own)) {
            assertThat(envoy(wrong)).as(wrong).isInstanceOf(Unreadable.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void whatIsNoCertificateIsRefused(Format format) throws CertificateEncodingException {
        String header = Objects.requireNonNull(new ClientCertificate(format, null).header());
        byte[] der = LEAF.getEncoded();
        byte[] longer = java.util.Arrays.copyOf(der, der.length + 1);
        for (String wrong : List.of(
                "x",
                "%",
                "%4",
                "::",
                ":AAAA:",
                ":" + Base64.getEncoder().encodeToString(longer) + ":",
                bytes(LEAF) + ";a=b",
                "-----BEGIN CERTIFICATE-----",
                "-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
                escaped(OWN.certificatePem()) + "x",
                escaped(OWN.certificatePem().repeat(6)),
                "Cert=x",
                "a".repeat(20_000))) {
            assertThat(seen(format, header, wrong)).as(wrong).isInstanceOf(Unreadable.class);
        }
        assertThat(seen(format, Map.of(header, List.of(bytes(LEAF), bytes(LEAF)))))
                .isInstanceOf(Unreadable.class);
    }

    @Test
    void ofAProxyItsOwnCertificateIsNotTheClients() {
        ClientCertificates certificates = certificates(Format.PEM);

        assertThat(certificates.of(PROXY, name -> List.of(), List.of(ROOT))).isEqualTo(new Chain(List.of()));
        assertThat(certificates.of(PROXY, name -> List.of(""), List.of(ROOT))).isEqualTo(new Chain(List.of()));
        for (String other : List.of("10.1.3.3", "::1", "fe80::1%nothing", "")) {
            assertThat(certificates.of(other, name -> List.of(escaped(OWN.certificatePem())), List.of(ROOT)))
                    .isEqualTo(new Chain(List.of(ROOT)));
        }
        assertThat(certificates.of("::ffff:" + PROXY, name -> List.of(escaped(OWN.certificatePem())), List.of(ROOT)))
                .isEqualTo(new Chain(List.of(LEAF)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "proxy.example/32", "0.0.0.0/0", "::/0", ""})
    void aPlaceThatIsNoneOrEverywhereKeepsTheServiceFromStarting(String network) {
        assertThatThrownBy(() -> new ProxyProperties(List.of(network), null))
                .hasMessageContaining("errand.proxy.trusted");
    }

    @Test
    void aHeaderNeedsAPlaceAndAFormat() {
        assertThatThrownBy(() -> new ProxyProperties(List.of(), new ClientCertificate(Format.PEM, null)))
                .hasMessageContaining("errand.proxy.trusted");
        assertThatThrownBy(() -> new ClientCertificate(null, "x")).hasMessageContaining("format");
        assertThatThrownBy(() -> new ClientCertificate(Format.PEM, "a b")).hasMessageContaining("header");
    }

    private static ClientCertificates.Seen envoy(String value) {
        return seen(Format.XFCC, "X-Forwarded-Client-Cert", value);
    }

    private static ClientCertificates.Seen seen(Format format, String header, String value) {
        return seen(format, Map.of(header, List.of(value)));
    }

    private static ClientCertificates.Seen seen(Format format, Map<String, List<String>> headers) {
        return certificates(format).of(PROXY, name -> headers.getOrDefault(name, List.of()), List.of());
    }

    private static ClientCertificates certificates(Format format) {
        return new ClientCertificates(new ProxyProperties(List.of("10.1.2.0/24"), new ClientCertificate(format, null)));
    }

    private static String bytes(X509Certificate certificate) throws CertificateEncodingException {
        return ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":";
    }

    private static String escaped(String pem) {
        return URLEncoder.encode(pem, StandardCharsets.US_ASCII).replace("+", "%20");
    }
}
