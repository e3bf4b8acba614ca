package io.errand.broker.credential.vault;

import io.errand.broker.credential.Logged;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultLogin;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What an audit device of Vault writes for a lease's token. It hashes accessors with a salt of its own, and says for a given one what
 * that comes to ({@code sys/audit-hash/:path}); a device with {@code hmac_accessor=false} writes them as they are.
 */
final class AuditHash {

    private final VaultLogin login;

    AuditHash(VaultLogin login) {
        this.login = login;
    }

    /** @param device the path at which the audit device is enabled */
    Logged names(String text, String device) {
        Reference reference = Objects.requireNonNull(Reference.parse(text));
        Reply reply = login.write("sys/audit-hash/" + device, Map.of("input", reference.accessor()));
        String hash = reply instanceof Said said && said.done() ? said.data().getString("hash", "") : "";
        return hash.isEmpty()
                ? new Logged.Unknown("Vault does not say what its audit device '" + device
                        + "' calls a token (sys/audit-hash/" + device + "): " + reply.describe())
                : new Logged.As(Set.of(hash, "sha256:" + reference.accessorDigest()));
    }
}
