package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Extension;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.github.jopenlibs.vault.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Letting one credential live longer: first its token, which is an upper bound, then the lease that stands for it. */
final class VaultExtension {

    private static final String NEVER =
            "Vault does not renew this credential: its token role has renewable=false, or its"
                    + " engine renews nothing. Exchange for a new one.";

    private final VaultLogin login;

    VaultExtension(VaultLogin login) {
        this.login = login;
    }

    Extension extend(Remains remains, Term term) {
        Reference reference = Reference.parse(remains.reference());
        if (reference != null && reference.until() != null) {
            return new Extension.NotExtendable("A certificate ends when it says; exchange for a new one.");
        }
        if (reference == null || reference.lease() == null) {
            return new Extension.NotExtendable("Nothing that could be renewed is on record of this credential.");
        }
        Reply look = login.write("auth/token/lookup-accessor", Map.of("accessor", reference.accessor()));
        if (!(look instanceof Said token && token.done())) {
            return new Extension.Retry("Looking the token up: " + look.describe(), look.after());
        }
        if (!token.data().getBoolean("renewable", false)) {
            return new Extension.NotExtendable(NEVER);
        }
        long seconds = Math.min(term.lasts().toSeconds(), bound(token));
        if (seconds < 1) {
            return new Extension.NotExtendable("Less than a second would be left of its task.");
        }
        return renew(reference, reference.lease(), seconds, term);
    }

    private Extension renew(Reference reference, String lease, long seconds, Term term) {
        Reply token = login.write(
                "auth/token/renew-accessor", Map.of("accessor", reference.accessor(), "increment", seconds + "s"));
        if (!(token instanceof Said renewed && renewed.done())) {
            return new Extension.Retry("Renewing the token: " + token.describe(), token.after());
        }
        Reply credential =
                login.write("sys/leases/renew", Map.of("lease_id", lease, "increment", Long.toString(seconds)));
        if (!(credential instanceof Said given && given.done())) {
            return credential.refused(400, "not renewable")
                    ? new Extension.NotExtendable(NEVER)
                    : new Extension.Retry("Renewing the lease: " + credential.describe(), credential.after());
        }
        long lasts = Math.min(
                renewed.object("auth").getLong("lease_duration", 0),
                given.body().getLong("lease_duration", 0));
        return new Extension.Extended(term.within(Duration.ofSeconds(lasts)));
    }

    /**
     * The seconds that are left of its task, as its end was written on the token, by Vault's own clock. Vault itself forgets it:
     * renewing a token of a role takes the role's explicit_max_ttl instead of the token's (seen with 1.21.1).
     */
    private static long bound(Said token) {
        JsonObject data = token.data();
        Instant now = Instant.parse(data.getString("expire_time", "")).minusSeconds(data.getLong("ttl", 0));
        return data.getLong("creation_time", 0) + data.getLong("explicit_max_ttl", 0) - now.getEpochSecond();
    }
}
