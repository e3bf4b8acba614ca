package io.errand.broker.credential.vault;

import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultBinding;
import io.errand.broker.credential.vault.client.VaultLogin;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;

/**
 * Looking at what an engine gave, as far as that goes without knowing where it is used: a certificate is verified with the authority
 * that the engine publishes; of anything else Vault's answer says what it is, and where it opens something the holder knows alone.
 */
final class VaultUse {

    private final VaultLogin login;

    VaultUse(VaultLogin login) {
        this.login = login;
    }

    Use of(ToolBinding toolBinding, Map<String, Object> data) {
        if (data.get("signed_key") instanceof String line) {
            return ssh(toolBinding, line);
        }
        if (data.get("certificate") instanceof String certificate
                && data.get("issuing_ca") instanceof String authority) {
            return x509(toolBinding, certificate, authority);
        }
        return new Use.NotTried("Vault made it, with " + String.join(", ", new TreeSet<>(data.keySet()))
                + "; where it opens something, its holder knows alone.");
    }

    /** By the engine's issuing certificate, which everybody may read at Vault. */
    private Use x509(ToolBinding toolBinding, String certificate, String authority) {
        try {
            X509Certificate made = read(certificate);
            made.checkValidity();
            X509Certificate issuer = read(authority);
            made.verify(issuer.getPublicKey());
            for (String mount : mounts(toolBinding, "/issue/", "/sign/")) {
                if (login.read(mount + "/cert/ca") instanceof Said said && said.done()) {
                    made.verify(read(said.data().getString("certificate", "")).getPublicKey());
                    return new Use.Worked("Its signature was verified with the certificate that " + mount
                            + "/cert/ca publishes, of " + issuer.getSubjectX500Principal() + ".");
                }
            }
            return new Use.Worked("Its signature was verified with the certificate that came with it, of "
                    + issuer.getSubjectX500Principal() + "; the engine's own could not be read.");
        } catch (GeneralSecurityException e) {
            return new Use.Failed("Its certificate does not stand up to its authority: " + e.getMessage());
        }
    }

    private static X509Certificate read(String pem) throws GeneralSecurityException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }

    private Use ssh(ToolBinding toolBinding, String line) {
        for (String mount : mounts(toolBinding, "/sign/", "/issue/")) {
            Reply reply = login.read(mount + "/config/ca");
            if (reply instanceof Said said && said.done()) {
                String published = said.data().getString("public_key", "");
                return SshSignature.isBy(line, published)
                        ? new Use.Worked(
                                "Its signature was verified with the public key that " + mount + "/config/ca has.")
                        : new Use.Failed("It is not signed by the key that " + mount + "/config/ca has.");
            }
        }
        return new Use.NotTried("The public key of its authority could not be read at Vault: the broker's policy there"
                + " needs read on config/ca of the engine.");
    }

    private static Collection<String> mounts(ToolBinding toolBinding, String... verbs) {
        Collection<String> mounts = new TreeSet<>();
        for (String path : VaultBinding.of(toolBinding).toolBinding().paths().values()) {
            for (String verb : verbs) {
                int at = path.lastIndexOf(verb);
                if (at > 0) {
                    mounts.add(path.substring(0, at));
                }
            }
        }
        return mounts;
    }
}
