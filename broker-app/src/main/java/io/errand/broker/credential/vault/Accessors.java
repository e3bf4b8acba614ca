package io.errand.broker.credential.vault;

import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.vault.client.BoundedCalls;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.errand.broker.shared.Ids;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds leases' tokens by their metadata: Vault has no index of it, so every accessor is looked up. Only what lost its reference
 * needs this, and reconciliation. Those who ask while a walk is under way share the next one.
 */
final class Accessors {

    /**
     * A live token that a broker made for a lease.
     *
     * @param observe the target at which that broker looks itself; empty: none
     */
    record Token(UUID lease, String broker, String observe, Reference reference) {}

    sealed interface Walk {
        record Seen(List<Token> tokens, int looked) implements Walk {}

        record Failed(String cause, @Nullable Duration after) implements Walk {}
    }

    private record Finished(Walk walk, long begun) {}

    private final VaultLogin login;
    private final Duration limit;
    private final LongSupplier nanos;
    private final ReentrantLock one = new ReentrantLock();
    private @Nullable Finished last;

    Accessors(VaultLogin login, Duration limit, LongSupplier nanos) {
        this.login = login;
        this.limit = limit;
        this.nanos = nanos;
    }

    /** Looks at every token that was there when this was called. */
    Walk walk() {
        long asked = nanos.getAsLong();
        one.lock();
        try {
            Finished finished = last;
            if (finished != null && finished.begun() - asked >= 0) {
                return finished.walk();
            }
            long begun = nanos.getAsLong();
            Walk walk = walkNow();
            last = new Finished(walk, begun);
            return walk;
        } finally {
            one.unlock();
        }
    }

    /** Whether Vault says that it knows no such token; a broker that may not ask hears something else. */
    static boolean absent(Reply reply) {
        return reply.refused(400, "invalid accessor")
                || reply.refused(404, "invalid accessor")
                // Vault before 1.13 says so with 403; its "permission denied" has other words.
                || (reply.refused(403, "invalid accessor") && !reply.refused(403, "permission denied"));
    }

    private Walk walkNow() {
        Reply listed = login.list("auth/token/accessors");
        if (!(listed instanceof Said said && said.done())) {
            return new Walk.Failed("The accessors could not be listed: " + listed.describe(), listed.after());
        }
        List<String> accessors = said.keys();
        List<Token> tokens = new ArrayList<>();
        for (Reply reply : BoundedCalls.ask(
                accessors, limit, key -> login.write("auth/token/lookup-accessor", Map.of("accessor", key)))) {
            if (reply instanceof Said found && found.done()) {
                Token token = token(found.data());
                if (token != null) {
                    tokens.add(token);
                }
            } else if (!absent(reply)) {
                return new Walk.Failed("Not every accessor could be looked up: " + reply.describe(), reply.after());
            }
        }
        return new Walk.Seen(tokens, accessors.size());
    }

    private static @Nullable Token token(JsonObject data) {
        JsonValue meta = data.get("meta");
        if (meta == null || !meta.isObject()) {
            return null;
        }
        UUID lease = Ids.parse(meta.asObject().getString("lease_id", "")).orElse(null);
        return lease == null
                ? null
                : new Token(
                        lease,
                        meta.asObject().getString("broker", ""),
                        meta.asObject().getString(ToolBinding.OBSERVE, ""),
                        Reference.unread(
                                data.getString("accessor", ""), meta.asObject().getString("path", "")));
    }
}
