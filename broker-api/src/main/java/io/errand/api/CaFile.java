package io.errand.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Certificates of authorities in a file (PEM, at most {@value #MOST_BYTES} bytes), which somebody else renews: whoever trusts them
 * reads the file again.
 */
public final class CaFile {

    static final int MOST_BYTES = 1 << 20;

    private CaFile() {}

    /** @throws IOException if it cannot be read, or is too long */
    public static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new IOException("it is longer than " + MOST_BYTES + " bytes");
            }
            return bytes;
        }
    }

    /**
     * What checks servers by these authorities and no others.
     *
     * @throws GeneralSecurityException if there is no certificate in the file
     */
    public static X509ExtendedTrustManager alone(Path file) throws IOException, GeneralSecurityException {
        return trusting(certificates(read(file)));
    }

    /**
     * What checks servers by these authorities or those that the JDK trusts.
     *
     * @throws GeneralSecurityException if there is no certificate in it
     */
    public static X509ExtendedTrustManager besideTheJdks(byte[] pem) throws IOException, GeneralSecurityException {
        List<Certificate> both = Stream.concat(
                        Arrays.stream(manager(null).getAcceptedIssuers()), certificates(pem).stream())
                .toList();
        return trusting(both);
    }

    /**
     * TLS for clients that check servers by these authorities or those that the JDK trusts.
     *
     * @throws IOException if it cannot be read, or is too long
     * @throws GeneralSecurityException if there is no certificate in it
     */
    public static SSLContext tls(Path file) throws IOException, GeneralSecurityException {
        return tls(besideTheJdks(read(file)));
    }

    /** TLS for clients that check servers so. */
    public static SSLContext tls(X509ExtendedTrustManager manager) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {manager}, null);
        return context;
    }

    private static Collection<? extends Certificate> certificates(byte[] pem) throws CertificateException {
        Collection<? extends Certificate> certificates =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        if (certificates.isEmpty()) {
            throw new CertificateException("there is no certificate in it");
        }
        return certificates;
    }

    private static X509ExtendedTrustManager trusting(Collection<? extends Certificate> certificates)
            throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        int number = 0;
        for (Certificate certificate : certificates) {
            trusted.setCertificateEntry("ca-" + number++, certificate);
        }
        return manager(trusted);
    }

    /** @param trusted null: those that the JDK trusts */
    private static X509ExtendedTrustManager manager(@Nullable KeyStore trusted) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return Arrays.stream(Objects.requireNonNull(factory.getTrustManagers()))
                .filter(X509TrustManager.class::isInstance)
                .map(X509ExtendedTrustManager.class::cast)
                .findFirst()
                .orElseThrow();
    }
}
