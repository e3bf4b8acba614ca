package io.errand.broker.credential.vault;

import io.errand.broker.credential.vault.Reply.Said;
import io.errand.broker.shared.Secret;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What Vault gave for one read of a path.
 *
 * @param lease Vault's lease; empty: the engine gives none
 * @param seconds how long that lease lasts
 * @param data as Vault gave it
 */
record Credential(String lease, long seconds, JsonObject data) {

    /** What an agent's log may show; any other string is a secret. */
    private static final Set<String> PUBLIC = Set.of(
            "username",
            "certificate",
            "issuing_ca",
            "serial_number",
            "private_key_type",
            "service_account_name",
            "service_account_namespace");

    static Credential of(Said said) {
        return new Credential(
                said.body().getString("lease_id", ""), said.body().getLong("lease_duration", 0), said.data());
    }

    /** PKI says when a certificate ends: whoever does not read the revocation list accepts it until then. */
    @Nullable
    Long offlineUntil() {
        return data.get("certificate") == null ? null : data.getLong("expiration", 0);
    }

    /** Of a certificate, by which its engine knows it. */
    @Nullable
    String serial() {
        return data.get("certificate") == null ? null : data.getString("serial_number", null);
    }

    /** What the agent gets, in Vault's order; secret values are {@link Secret}. */
    Map<String, Object> shown() {
        Map<String, Object> shown = new LinkedHashMap<>();
        for (JsonObject.Member member : data) {
            JsonValue value = member.getValue();
            if (value.isString()) {
                String text = value.asString();
                shown.put(member.getName(), PUBLIC.contains(member.getName()) ? text : new Secret(text));
            } else if (member.getName().equals("ca_chain")) {
                shown.put(member.getName(), Reply.texts(value));
            } else if (value.isNumber() || value.isBoolean()) {
                shown.put(member.getName(), value.isBoolean() ? (Object) value.asBoolean() : value.toString());
            } else if (!value.isNull()) {
                shown.put(member.getName(), new Secret(value.toString()));
            }
        }
        return shown;
    }
}
