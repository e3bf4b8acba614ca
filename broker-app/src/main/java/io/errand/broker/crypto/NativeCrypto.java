package io.errand.broker.crypto;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;
import org.conscrypt.Conscrypt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conscrypt (BoringSSL) for ECDSA and RSA, which it verifies many times as fast as the JDK. It is asked by name only, never
 * installed for all, and where its library does not load the JDK does the work.
 */
public final class NativeCrypto {

    private static final Logger LOG = LoggerFactory.getLogger(NativeCrypto.class);
    private static final String PACKAGE = "org.conscrypt";
    private static final Optional<Provider> PROVIDER = load();

    private NativeCrypto() {}

    public static Optional<Provider> provider() {
        return PROVIDER;
    }

    /** Whether this is a key in the provider's own form. */
    public static boolean holds(Key key) {
        return PACKAGE.equals(key.getClass().getPackageName());
    }

    /** @param name as the provider calls the algorithm, with ECDSA signatures in DER */
    public static Signature signature(String name) throws GeneralSecurityException {
        return Signature.getInstance(name, PROVIDER.orElseThrow());
    }

    /** The same key in the provider's own form, so that it is not converted for each signature; or as it was. */
    @SuppressWarnings("unchecked") // the provider's public keys of a kind are public keys of that kind
    public static <K extends PublicKey> K held(K key) {
        return PROVIDER.map(provider -> {
                    try {
                        PublicKey held = KeyFactory.getInstance(key.getAlgorithm(), provider)
                                .generatePublic(new X509EncodedKeySpec(key.getEncoded()));
                        return (K) held;
                    } catch (GeneralSecurityException | RuntimeException e) {
                        return key; // a curve or size that it does not know
                    }
                })
                .orElse(key);
    }

    public static PrivateKey held(PrivateKey key) {
        return PROVIDER.map(provider -> {
                    try {
                        return KeyFactory.getInstance(key.getAlgorithm(), provider)
                                .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
                    } catch (GeneralSecurityException | RuntimeException e) {
                        return key;
                    }
                })
                .orElse(key);
    }

    /** A library that loads and does not work must be found out now. */
    private static Optional<Provider> load() {
        try {
            Provider provider = Conscrypt.newProviderBuilder().build();
            KeyPair pair = KeyPairGenerator.getInstance("EC", provider).generateKeyPair();
            Signature signature = Signature.getInstance("SHA256withECDSA", provider);
            signature.initSign(pair.getPrivate());
            byte[] signed = signature.sign();
            signature.initVerify(pair.getPublic());
            if (signature.verify(signed)) {
                return Optional.of(provider);
            }
            LOG.warn("Conscrypt does not verify what it signed; signatures are the JDK's, and slow.");
        } catch (GeneralSecurityException | RuntimeException | LinkageError e) {
            LOG.warn(
                    "Conscrypt's library does not load (it is unpacked to java.io.tmpdir, which must allow execution);"
                            + " signatures are the JDK's, and slow: {}",
                    e.toString());
        }
        return Optional.empty();
    }
}
