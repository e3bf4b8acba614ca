package io.errand.broker.credential.postgres;

import io.errand.broker.shared.Secret;
import java.security.SecureRandom;
import java.util.Base64;
import org.postgresql.util.PasswordUtil;

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
        return PasswordUtil.encodeScramSha256(password.reveal().toCharArray(), iterations, salt);
    }
}
