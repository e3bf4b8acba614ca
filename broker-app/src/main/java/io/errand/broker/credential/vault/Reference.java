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
 * @param lease Vault's lease; null: the credential was not read, or the reply was lost
 * @param until seconds since 1970 until which a certificate is valid for those who check it offline
 */
record Reference(
        String accessor,
        String path,
        @Nullable String lease,
        @Nullable Long until) {

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

    Reference read(String lease, @Nullable Long until) {
        return new Reference(accessor, path, lease, until);
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
