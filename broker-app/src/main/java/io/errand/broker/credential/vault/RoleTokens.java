package io.errand.broker.credential.vault;

import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultCalls;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.errand.broker.shared.Secret;
import io.github.jopenlibs.vault.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tokens made from a tool's token role, and what is read with them. */
final class RoleTokens {

    private static final Pattern LESS = Pattern.compile("ttl is larger than maximum allowed ([0-9]{1,9})");

    private final VaultCalls calls;
    private final VaultLogin login;

    RoleTokens(VaultCalls calls, VaultLogin login) {
        this.calls = calls;
        this.login = login;
    }

    /**
     * What is asked for.
     *
     * @param name the display name, which Vault's logins carry
     * @param seconds its life
     * @param longest its life with every renewal, in seconds
     */
    record Wanted(String role, String name, long seconds, long longest, Map<String, String> meta) {}

    sealed interface Making {

        record Made(Secret token, String accessor) implements Making {}

        /** Nothing was made, or nobody knows. */
        record Failed(Reply reply) implements Making {}

        /** @param accessor null: a batch token, which nothing can find or revoke; unused it dies by its own TTL */
        record Unusable(@Nullable String accessor, String cause) implements Making {}
    }

    Making make(Wanted wanted) {
        JsonObject meta = new JsonObject();
        wanted.meta().forEach(meta::add);
        Reply reply = login.write(
                "auth/token/create/" + wanted.role(),
                Map.of(
                        "display_name",
                        wanted.name(),
                        "ttl",
                        wanted.seconds() + "s",
                        "explicit_max_ttl",
                        wanted.longest() + "s",
                        "renewable",
                        true,
                        "no_default_policy",
                        true,
                        "meta",
                        meta));
        if (!(reply instanceof Said said && said.done())) {
            return new Making.Failed(reply);
        }
        JsonObject auth = said.object("auth");
        String accessor = auth.getString("accessor", "");
        if (accessor.isEmpty()) {
            return new Making.Unusable(null, "The token role makes tokens without an accessor.");
        }
        if (!auth.getBoolean("orphan", false)
                || Reply.texts(auth.get("policies")).contains("root")) {
            return new Making.Unusable(accessor, "The token role makes tokens that are no orphans, or root.");
        }
        return new Making.Made(new Secret(auth.getString("client_token", "")), accessor);
    }

    /** Asks for the credential once; what each read makes anew must not be asked for twice. */
    Reply credential(Secret token, String path, Map<String, String> parameters, long seconds) {
        if (parameters.isEmpty()) {
            return calls.readOnce(token, path);
        }
        Reply reply = write(token, path, parameters, seconds);
        // Where other engines give less than they are asked for, SSH says how much there is.
        Matcher less = LESS.matcher(reply.decided() ? reply.describe() : "");
        return less.find() && Long.parseLong(less.group(1)) < seconds
                ? write(token, path, parameters, Long.parseLong(less.group(1)))
                : reply;
    }

    private Reply write(Secret token, String path, Map<String, String> parameters, long seconds) {
        Map<String, Object> body = new LinkedHashMap<>(parameters);
        body.put("ttl", seconds + "s");
        return calls.write(token, path, body);
    }

    /** Takes back what was made, as far as that goes now. */
    void withdraw(Reference reference) {
        if (reference.lease() != null) {
            revoke(reference.lease());
        }
        login.write("auth/token/revoke-accessor", Map.of("accessor", reference.accessor()));
    }

    /** Takes back one credential of a token that goes on; an empty lease is none. */
    void revoke(String lease) {
        if (!lease.isEmpty()) {
            login.write("sys/leases/revoke", Map.of("lease_id", lease, "sync", true));
        }
    }

    /** Whether Vault says that it knows the token no more. */
    boolean isGone(Reference reference) {
        return Accessors.absent(login.write("auth/token/lookup-accessor", Map.of("accessor", reference.accessor())));
    }
}
