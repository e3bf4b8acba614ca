package io.errand.broker.credential.vault;

import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultLogin;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looking whether a certificate is revoked (RFC 5280): at the engine's record of it, and in its revocation list. */
final class Certificates {

    private final VaultLogin login;

    Certificates(VaultLogin login) {
        this.login = login;
    }

    /** For a receipt; empty: nobody says that it is revoked. Both paths are open to everybody at Vault. */
    Map<String, Object> look(Reference reference) {
        String serial = reference.serial();
        if (serial == null) {
            return Map.of();
        }
        int verb = Math.max(
                reference.path().lastIndexOf("/issue/"), reference.path().lastIndexOf("/sign/"));
        String mount = verb < 0 ? reference.path() : reference.path().substring(0, verb);
        if (!(login.read(mount + "/cert/" + serial) instanceof Said said && said.done())
                || said.data().getLong("revocation_time", 0) <= 0) {
            return Map.of();
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("certificate", serial);
        facts.put(
                "revoked_at",
                Instant.ofEpochSecond(said.data().getLong("revocation_time", 0)).toString());
        facts.put("revocation_list", listed(mount, serial));
        return facts;
    }

    /** The list of the engine's default issuer; one that is rebuilt on schedule has it later. */
    private String listed(String mount, String serial) {
        if (!(login.read(mount + "/cert/crl") instanceof Said said && said.done())) {
            return "not_looked_at";
        }
        try {
            X509CRL list = (X509CRL) CertificateFactory.getInstance("X.509")
                    .generateCRL(new ByteArrayInputStream(
                            said.data().getString("certificate", "").getBytes(StandardCharsets.US_ASCII)));
            @Nullable X509CRLEntry entry = list.getRevokedCertificate(new BigInteger(serial.replace(":", ""), 16));
            return entry == null ? "not_listed_yet" : "listed";
        } catch (GeneralSecurityException | NumberFormatException e) {
            return "not_looked_at";
        }
    }
}
