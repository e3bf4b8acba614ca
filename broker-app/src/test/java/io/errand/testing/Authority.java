package io.errand.testing;

import com.nimbusds.jose.util.X509CertUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** An authority that signs certificates (RFC 5280), written byte by byte so that they can be wrong in any way. */
public final class Authority {

    /** A key and the certificate of it. */
    public record Certified(KeyPair keys, X509Certificate certificate) {

        public String certificatePem() {
            return X509CertUtils.toPEMString(certificate);
        }

        public String keyPem() {
            return "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder().encodeToString(keys.getPrivate().getEncoded())
                    + "\n-----END PRIVATE KEY-----\n";
        }
    }

    /**
     * What a certificate says.
     *
     * @param uris names as URIs
     * @param loopback whether it is also of 127.0.0.1
     */
    public record Content(List<String> uris, boolean loopback, boolean isAuthority, Instant from, Instant until) {

        public static Content workload(String... uris) {
            Instant now = Instant.now();
            return new Content(List.of(uris), false, false, now.minusSeconds(60), now.plusSeconds(3600));
        }

        public static Content server() {
            Instant now = Instant.now();
            return new Content(List.of(), true, false, now.minusSeconds(60), now.plusSeconds(3600));
        }

        public Content asAuthority() {
            return new Content(uris, loopback, true, from, until);
        }

        public Content ended() {
            return new Content(uris, loopback, isAuthority, from.minusSeconds(7200), from.minusSeconds(3600));
        }
    }

    private static final byte[] ECDSA_SHA256 = oid(1, 2, 840, 10045, 4, 3, 2);

    private final String name;
    private final Certified own;

    public Authority(String name) {
        this.name = name;
        KeyPair keys = keys();
        this.own = certified(keys, keys, name, Content.workload().asAuthority());
    }

    /** A client of servers that this authority signed for; null: one without a certificate. */
    public SSLContext tls(@Nullable Certified client) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("authority", own.certificate());
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(null, null);
            if (client != null) {
                own.setKeyEntry(
                        "own", client.keys().getPrivate(), new char[0], new Certificate[] {client.certificate()});
            }
            keys.init(own, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Authority(String name, Certified own) {
        this.name = name;
        this.own = own;
    }

    /** One that this one vouches for. */
    public Authority under(String below) {
        KeyPair keys = keys();
        return new Authority(
                below, certified(keys, own.keys(), below, Content.workload().asAuthority()));
    }

    public Certified own() {
        return own;
    }

    public Certified issue(Content content) {
        return certified(keys(), own.keys(), "leaf", content);
    }

    /** As it stands in a SPIFFE trust bundle. */
    public String bundleEntry() {
        return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"x509-svid\",\"x5c\":[\""
                + Base64.getEncoder().encodeToString(encoded(own.certificate()))
                + "\"]}";
    }

    private Certified certified(KeyPair keys, KeyPair signer, String subject, Content content) {
        byte[] tbs = seq(
                tag(0xa0, integer(2)),
                integer(new Random().nextInt(Integer.MAX_VALUE)),
                seq(ECDSA_SHA256),
                name(name),
                seq(time(content.from()), time(content.until())),
                name(subject),
                keys.getPublic().getEncoded(),
                tag(0xa3, extensions(content)));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(signer.getPrivate());
            signature.update(tbs);
            byte[] der = seq(tbs, seq(ECDSA_SHA256), bits(signature.sign(), 0));
            return new Certified(keys, Objects.requireNonNull(X509CertUtils.parse(der)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] extensions(Content content) {
        byte[] usage = content.isAuthority() ? bits(new byte[] {0x06}, 1) : bits(new byte[] {(byte) 0x80}, 7);
        byte[] basic = content.isAuthority() ? seq(tag(0x01, new byte[] {(byte) 0xff})) : seq();
        byte[][] names = Stream.concat(
                        content.uris().stream().map(uri -> tag(0x86, uri.getBytes(StandardCharsets.US_ASCII))),
                        content.loopback() ? Stream.of(tag(0x87, new byte[] {127, 0, 0, 1})) : Stream.empty())
                .toArray(byte[][]::new);
        return names.length == 0
                ? seq(critical(oid(2, 5, 29, 19), basic), critical(oid(2, 5, 29, 15), usage))
                : seq(
                        critical(oid(2, 5, 29, 19), basic),
                        critical(oid(2, 5, 29, 15), usage),
                        seq(oid(2, 5, 29, 17), tag(0x04, seq(names))));
    }

    private static byte[] critical(byte[] oid, byte[] value) {
        return seq(oid, tag(0x01, new byte[] {(byte) 0xff}), tag(0x04, value));
    }

    private static byte[] name(String common) {
        return seq(tag(0x31, seq(oid(2, 5, 4, 3), tag(0x0c, common.getBytes(StandardCharsets.UTF_8)))));
    }

    private static byte[] time(Instant at) {
        return tag(
                0x17,
                DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'")
                        .withZone(ZoneOffset.UTC)
                        .format(at)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] integer(long value) {
        return tag(0x02, BigInteger.valueOf(value).toByteArray());
    }

    private static byte[] bits(byte[] bytes, int unused) {
        byte[] all = new byte[bytes.length + 1];
        all[0] = (byte) unused;
        System.arraycopy(bytes, 0, all, 1, bytes.length);
        return tag(0x03, all);
    }

    private static byte[] oid(int... arcs) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(arcs[0] * 40 + arcs[1]);
        for (int arc : Arrays.copyOfRange(arcs, 2, arcs.length)) {
            if (arc >= 1 << 14) {
                out.write(arc >> 14 | 0x80);
            }
            if (arc >= 1 << 7) {
                out.write(arc >> 7 | 0x80);
            }
            out.write(arc & 0x7f);
        }
        return tag(0x06, out.toByteArray());
    }

    private static byte[] seq(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return tag(0x30, out.toByteArray());
    }

    private static byte[] tag(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            out.write(content.length < 0x100 ? 0x81 : 0x82);
            if (content.length >= 0x100) {
                out.write(content.length >> 8);
            }
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
