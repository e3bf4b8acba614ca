package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.vault.client.BoundedCalls;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultLogin;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Destroying one credential, and looking. Revoking a token only queues its leases; so the lease is revoked first and
 * synchronously, and where its id never arrived, Vault's leases at that path are looked through for those that are queued.
 */
final class VaultDestruction {

    static final String SESSIONS = "sessions";

    static final String NOT_LOOKED = " Nobody looked for open sessions at its target.";

    private final VaultLogin login;
    private final Accessors accessors;
    private final Certificates certificates;
    private final Duration limit;
    private final Clock clock;

    VaultDestruction(VaultLogin login, Accessors accessors, Duration limit, Clock clock) {
        this.login = login;
        this.accessors = accessors;
        this.certificates = new Certificates(login);
        this.limit = limit;
        this.clock = clock;
    }

    Destruction destroy(Remains remains) {
        Reference reference = Reference.parse(remains.reference());
        return reference == null ? destroyUnrecorded(remains) : destroy(reference);
    }

    /** The broker died between making the token and recording it; the credential was never read. */
    private Destruction destroyUnrecorded(Remains remains) {
        return switch (accessors.walk()) {
            case Accessors.Walk.Failed(String cause, Duration after) -> new Destruction.Retry(cause, after);
            case Accessors.Walk.Seen(List<Accessors.Token> tokens, int looked) -> {
                Destruction end = new Destruction.Gone(
                        "absent",
                        "Looked up all " + looked + " token accessors of Vault; none bears this lease's id.",
                        Map.of("accessors_looked_through", looked));
                for (Accessors.Token token : tokens) {
                    if (token.lease().equals(remains.lease())) {
                        end = destroy(token.reference());
                        if (!(end instanceof Destruction.Gone)) {
                            yield end;
                        }
                    }
                }
                yield end;
            }
        };
    }

    private Destruction destroy(Reference reference) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("accessor_sha256", reference.accessorDigest());
        String lease = reference.lease();
        if (lease != null) {
            facts.put("vault_lease", lease);
            Reply revoked = revoke(lease);
            if (!revoked.done()) {
                return retry("Revoking the lease", revoked);
            }
        }
        Reply token = login.write("auth/token/revoke-accessor", Map.of("accessor", reference.accessor()));
        if (!token.done() && !Accessors.absent(token)) {
            return retry("Revoking the token", token);
        }
        Reply look = login.write("auth/token/lookup-accessor", Map.of("accessor", reference.accessor()));
        if (!Accessors.absent(look)) {
            return retry("Looking the token up", look);
        }
        facts.put("accessor_lookup", look.describe());
        Destruction problem = reference.isSshCertificate()
                ? null
                : lease == null ? lookThroughPath(reference.path(), facts) : lookUp(lease, facts);
        return problem != null ? problem : gone(reference, facts);
    }

    private Destruction gone(Reference reference, Map<String, Object> facts) {
        facts.put(SESSIONS, "not_looked_at");
        if (reference.until() == null) {
            return new Destruction.Gone("absent", said(reference) + NOT_LOOKED, facts);
        }
        Instant until = Instant.ofEpochSecond(reference.until());
        boolean ended = !clock.instant().isBefore(until);
        if (reference.isSshCertificate()) {
            facts.put("certificate", String.valueOf(reference.serial()));
            facts.put("revocation_list", "none_kept");
        } else {
            Map<String, Object> revoked = certificates.look(reference);
            if (revoked.isEmpty() && !ended && reference.serial() != null) {
                return new Destruction.Retry("Vault does not say that the certificate is revoked.", null);
            }
            facts.putAll(revoked);
        }
        if (!ended) {
            return new Destruction.Lingers(until);
        }
        facts.put("expired_at", until.toString());
        return new Destruction.Gone(
                "expired", said(reference) + " The certificate itself ended at " + until + "." + NOT_LOOKED, facts);
    }

    private static String said(Reference reference) {
        if (reference.isSshCertificate()) {
            return "Vault no longer knows the lease's token. It keeps no list of revoked SSH certificates, so servers"
                    + " may have accepted this one until its own end.";
        }
        return reference.lease() == null
                ? "Vault no longer knows the lease's token, and no revocation is queued at " + reference.path() + "."
                : "Vault says that it revoked the credential, and knows neither its lease nor its token any more.";
    }

    private Reply revoke(String lease) {
        return login.write("sys/leases/revoke", Map.of("lease_id", lease, "sync", true));
    }

    private @Nullable Destruction lookUp(String lease, Map<String, Object> facts) {
        Reply look = login.write("sys/leases/lookup", Map.of("lease_id", lease));
        if (!look.refused(400, "invalid lease")) {
            return retry("Looking the lease up", look);
        }
        facts.put("lease_lookup", look.describe());
        return null;
    }

    /**
     * A lease of a token that is gone has been marked as expired by Vault and is queued; those are revoked here and now. They
     * may be other brokers' or nobody's: they are due all the same.
     */
    private @Nullable Destruction lookThroughPath(String path, Map<String, Object> facts) {
        Reply listed = login.list("sys/leases/lookup/" + path);
        if (!(listed instanceof Said said) || !(said.done() || said.status() == 404)) {
            return retry("Listing the leases at " + path, listed);
        }
        List<String> leases = said.keys().stream().map(key -> path + "/" + key).toList();
        List<String> queued = new ArrayList<>();
        List<Reply> looks =
                BoundedCalls.ask(leases, limit, lease -> login.write("sys/leases/lookup", Map.of("lease_id", lease)));
        for (Reply look : looks) {
            if (look instanceof Said found && found.done()) {
                if (found.data().getLong("ttl", 0) <= 0) {
                    queued.add(found.data().getString("id", ""));
                }
            } else if (!look.refused(400, "invalid lease")) {
                return retry("Looking up the leases at " + path, look);
            }
        }
        for (String lease : queued) {
            Reply revoked = revoke(lease);
            if (!revoked.done()) {
                return retry("Revoking a queued lease at " + path, revoked);
            }
        }
        facts.put("leases_looked_through", leases.size());
        facts.put("queued_leases_revoked", queued.size());
        return null;
    }

    private static Destruction retry(String what, Reply reply) {
        // Whoever said no, decided: that is about this lease. No answer, or not now, is about all of them.
        return new Destruction.Retry(what + ": " + reply.describe(), reply.after(), !(reply instanceof Said));
    }
}
