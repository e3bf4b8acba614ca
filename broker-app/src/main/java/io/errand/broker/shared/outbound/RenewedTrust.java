package io.errand.broker.shared.outbound;

import io.errand.api.CaFile;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Checks servers by the authorities of a file or those that the JDK trusts. The file is read at every handshake, so a renewed one
 * needs no restart; one that cannot be read lets nobody be trusted.
 */
final class RenewedTrust extends X509ExtendedTrustManager {

    @SuppressWarnings("ArrayRecordComponent") // compared by its bytes, below
    private record Known(byte[] pem, X509ExtendedTrustManager manager) {}

    private final Path file;
    private volatile @Nullable Known known;

    RenewedTrust(Path file) {
        this.file = file;
    }

    private X509ExtendedTrustManager current() throws CertificateException {
        try {
            byte[] pem = CaFile.read(file);
            Known before = known;
            if (before != null && Arrays.equals(before.pem(), pem)) {
                return before.manager();
            }
            Known now = new Known(pem, CaFile.besideTheJdks(pem));
            known = now;
            return now.manager();
        } catch (IOException | GeneralSecurityException e) {
            throw new CertificateException(OutboundProperties.CA_FILE + " holds no certificates in PEM", e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        current().checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        current().checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        current().checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("no client is checked here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        checkClientTrusted(chain, type);
    }

    /** What a server would name to its clients. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
