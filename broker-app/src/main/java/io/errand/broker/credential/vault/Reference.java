package io.errand.broker.credential.vault;

import io.errand.api.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What finds a credential again, as JSON on the lease's row. It is no secret: an accessor can look up and revoke, for those who
 * may, and do nothing else.
 *
 * @param accessor of the lease's token
 * @param path where the credential was read
 * @param lease Vault's lease; null: the credential was not read, or the reply was lost, or it is an SSH certificate
 * @param until seconds since 1970 until which a certificate is valid for those who check it offline
 * @param serial the certificate's serial number, as the engine writes it; null: it is none, or none was recorded
 */
record Reference(
        String accessor,
        String path,
        @Nullable String lease,
        @Nullable Long until,
        @Nullable String serial) {

    /** Of a credential that was not read yet. */
    static Reference unread(String accessor, String path) {
        return new Reference(accessor, path, null, null, null);
    }

    static @Nullable Reference parse(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return Json.mapper().readValue(text, Reference.class);
        } catch (JacksonException e) {
            throw new IllegalStateException("A lease's reference is not one of this backend: " + e.getMessage(), e);
        }
    }

    String text() {
        return Json.mapper().writeValueAsString(this);
    }

    Reference read(Credential credential) {
        return new Reference(
                accessor,
                path,
                credential.isSshCertificate() ? null : credential.lease(),
                credential.offlineUntil(),
                credential.serial());
    }

    /** It has an end of its own and no lease: Vault's SSH engine keeps no record of what it signs. */
    boolean isSshCertificate() {
        return lease == null && until != null;
    }

    /** For receipts, which anybody may see: an accessor in the clear would let an insider revoke. */
    String accessorDigest() {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(accessor.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
