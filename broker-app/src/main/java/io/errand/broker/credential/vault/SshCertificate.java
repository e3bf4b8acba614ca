package io.errand.broker.credential.vault;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/**
 * An OpenSSH certificate, as OpenSSH's PROTOCOL.certkeys lays it out. Its signature is not checked: it comes from the engine that
 * signs, and only what it says of itself is read.
 *
 * @param serial in hexadecimal digits, as Vault writes it
 * @param keyId what a server writes into its log when the certificate is shown
 * @param validBefore the first moment at which no server accepts it any more
 */
record SshCertificate(String serial, String keyId, Instant validBefore) {

    /** Vault's are below 2 KiB with Ed25519 and RSA keys. */
    private static final int LONGEST = 64 * 1024;

    /** How many fields the public key takes, by the type of the certificate. */
    private static final Map<String, Integer> KEY_FIELDS = Map.of(
            "ssh-ed25519-cert-v01@openssh.com", 1,
            "ssh-rsa-cert-v01@openssh.com", 2,
            "ecdsa-sha2-nistp256-cert-v01@openssh.com", 2,
            "ecdsa-sha2-nistp384-cert-v01@openssh.com", 2,
            "ecdsa-sha2-nistp521-cert-v01@openssh.com", 2,
            "sk-ssh-ed25519-cert-v01@openssh.com", 2,
            "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", 3);

    /** @throws IllegalArgumentException with a sentence that says why it is none */
    static SshCertificate parse(String line) {
        String[] parts = line.strip().split("[ \t]+", 3);
        if (line.length() > LONGEST || parts.length < 2) {
            throw new IllegalArgumentException("it is not one line of an OpenSSH certificate");
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(parts[1]));
            String type = text(bytes);
            Integer keyFields = KEY_FIELDS.get(type);
            if (keyFields == null || !type.equals(parts[0])) {
                throw new IllegalArgumentException("its type is none that is known");
            }
            field(bytes); // a nonce
            for (int i = 0; i < keyFields; i++) {
                field(bytes);
            }
            String serial = Long.toHexString(bytes.getLong());
            bytes.getInt(); // of a user or of a host
            String keyId = text(bytes);
            field(bytes); // for whom
            bytes.getLong(); // valid after
            return new SshCertificate(serial, keyId, instant(bytes.getLong()));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("it ends too early", e);
        }
    }

    /** Seconds without a sign; the largest means for ever. */
    private static Instant instant(long seconds) {
        return seconds < 0 || seconds > Instant.MAX.getEpochSecond() ? Instant.MAX : Instant.ofEpochSecond(seconds);
    }

    private static String text(ByteBuffer bytes) {
        return new String(field(bytes), StandardCharsets.UTF_8);
    }

    private static byte[] field(ByteBuffer bytes) {
        int length = bytes.getInt();
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] field = new byte[length];
        bytes.get(field);
        return field;
    }
}
