package io.errand.broker.shared.outbound;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * TLS that shows the certificate which stands in its files when a connection is made. Each one has a context of its own, so that no
 * session is resumed that was begun with the one before.
 */
final class CertifiedConnections implements TlsSocketStrategy {

    private record Current(ClientCertificate.Shown shown, TlsSocketStrategy strategy) {}

    private final ClientCertificate certificate;
    private final TrustManager @Nullable [] trust;
    private volatile @Nullable Current current;

    /** @param trust null: whom the JDK trusts */
    CertifiedConnections(ClientCertificate certificate, TrustManager @Nullable [] trust) {
        this.certificate = certificate;
        this.trust = trust;
    }

    @Override
    public SSLSocket upgrade(Socket socket, String target, int port, Object attachment, HttpContext context)
            throws IOException {
        return strategy().upgrade(socket, target, port, attachment, context);
    }

    private TlsSocketStrategy strategy() throws IOException {
        ClientCertificate.Shown now = certificate.read();
        Current before = current;
        if (before != null && before.shown().equals(now)) {
            return before.strategy();
        }
        TlsSocketStrategy strategy = new DefaultClientTlsStrategy(context(now));
        current = new Current(now, strategy);
        return strategy;
    }

    private SSLContext context(ClientCertificate.Shown shown) throws IOException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("own", shown.key(), new char[0], shown.chain().toArray(X509Certificate[]::new));
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificate cannot be shown in TLS", e);
        }
    }
}
