package io.errand.broker.shared.outbound;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.pem.PemContent;

/**
 * What the service shows of itself in TLS: a certificate and its key in files, which are read for every connection, so that renewed
 * ones need no restart. Where they cannot be read, there is no connection.
 *
 * @param certificate PEM, the service's own first
 * @param key PEM, unencrypted
 */
public record ClientCertificate(Path certificate, Path key) {

    /**
     * What stands there now.
     *
     * @param chain the service's own first
     */
    public record Shown(List<X509Certificate> chain, PrivateKey key) {

        @Override
        public String toString() {
            return "Shown[" + chain.getFirst().getSubjectX500Principal() + "]";
        }
    }

    /** @throws IOException with a sentence that names the file at fault and nothing of its content */
    public Shown read() throws IOException {
        Shown shown = new Shown(
                part(certificate, "certificates", PemContent::getCertificates),
                part(key, "an unencrypted private key", PemContent::getPrivateKey));
        if (!isPair(shown.chain().getFirst().getPublicKey(), shown.key())) {
            throw new IOException("the first certificate of " + certificate + " is not that of the key in " + key);
        }
        return shown;
    }

    /** A signature tells it for every kind of key. */
    private static boolean isPair(PublicKey certified, PrivateKey key) {
        String algorithm = switch (key.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private interface Part<T> {
        @Nullable
        T of(PemContent content);
    }

    private static <T> T part(Path file, String what, Part<T> part) throws IOException {
        @Nullable T found;
        try {
            found = part.of(requireNonNull(PemContent.of(Files.readString(file))));
        } catch (IOException | RuntimeException e) {
            found = null; // a parser's message may hold what it could not read
        }
        if (found == null || (found instanceof List<?> none && none.isEmpty())) {
            throw new IOException(file + " must be a readable file with " + what + " in PEM");
        }
        return found;
    }
}
