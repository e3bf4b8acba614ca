package io.errand.broker.credential.postgres;

import io.errand.broker.shared.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Passwords, and what a PostgreSQL server keeps of them: a SCRAM-SHA-256 verifier (RFC 5802 §3, RFC 7677). Made here, neither
 * the server nor its log ever sees the password. They are random, so the iterations, which make guessing a person's password
 * slow, add nothing (ADR 14).
 */
final class Scram {

    private static final int SALT_BYTES = 16;
    private static final int PASSWORD_BYTES = 24;

    private Scram() {}

    /** 192 bits, in characters that SASLprep (RFC 4013) leaves alone and that need no quoting. */
    static Secret password(SecureRandom random) {
        byte[] bytes = new byte[PASSWORD_BYTES];
        random.nextBytes(bytes);
        return new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    static String verifier(Secret password, int iterations, SecureRandom random) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return verifier(password, iterations, salt);
    }

    static String verifier(Secret password, int iterations, byte[] salt) {
        try {
            byte[] salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(password.reveal().toCharArray(), salt, iterations, 256))
                    .getEncoded();
            byte[] stored = MessageDigest.getInstance("SHA-256").digest(hmac(salted, "Client Key"));
            byte[] server = hmac(salted, "Server Key");
            Base64.Encoder base64 = Base64.getEncoder();
            return "SCRAM-SHA-256$" + iterations + ":" + base64.encodeToString(salt) + "$"
                    + base64.encodeToString(stored) + ":" + base64.encodeToString(server);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has PBKDF2, HMAC and SHA-256", e);
        }
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
    }
}
