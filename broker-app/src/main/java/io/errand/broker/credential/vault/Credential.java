package io.errand.broker.credential.vault;

import io.errand.broker.credential.Term;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.shared.Secret;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What Vault gave for one read of a path.
 *
 * @param lease Vault's lease; empty: the engine gives none, as for SSH certificates
 * @param seconds how long that lease lasts
 * @param data as Vault gave it
 */
record Credential(String lease, long seconds, JsonObject data) {

    /** What an agent's log may show; any other string is a secret. */
    private static final Set<String> PUBLIC = Set.of(
            "username",
            "certificate",
            "signed_key",
            "issuing_ca",
            "serial_number",
            "private_key_type",
            "service_account_name",
            "service_account_namespace");

    static Credential of(Said said) {
        return new Credential(
                said.body().getString("lease_id", ""), said.body().getLong("lease_duration", 0), said.data());
    }

    /** What keeps it from being given to an agent whose lease ends then; empty: nothing. */
    Optional<String> unusable(Instant leaseEnd) {
        if (isSshCertificate()) {
            try {
                SshCertificate.parse(signedKey());
            } catch (IllegalArgumentException e) {
                return Optional.of("gives an SSH certificate that cannot be read: " + e.getMessage() + ".");
            }
        } else if (lease.isEmpty() || seconds <= 0) {
            return Optional.of("gives credentials without a lease: nothing could revoke them.");
        }
        long past = secondsPast(leaseEnd);
        return past == 0
                ? Optional.empty()
                : Optional.of("gives a certificate that is valid until " + leaseEnd.plusSeconds(past)
                        + ", and its lease ends at " + leaseEnd + ": Vault's clock is ahead of the broker's database.");
    }

    /** By how much a certificate would outlive its lease; 0: not at all, or it is none that can be read. */
    long secondsPast(Instant leaseEnd) {
        try {
            Long until = offlineUntil();
            return until == null || until <= leaseEnd.getEpochSecond() ? 0 : until - leaseEnd.getEpochSecond();
        } catch (IllegalArgumentException e) {
            return 0;
        }
    }

    /** The engine gives it without a lease and keeps no record of it: nothing ends it before its own end. */
    boolean isSshCertificate() {
        return lease.isEmpty() && !signedKey().isEmpty();
    }

    /** When a certificate ends by itself: whoever does not read a revocation list accepts it until then. Null: it is none. */
    @Nullable
    Long offlineUntil() {
        if (isSshCertificate()) {
            return SshCertificate.parse(signedKey()).validBefore().getEpochSecond();
        }
        return data.get("certificate") == null ? null : data.getLong("expiration", 0);
    }

    /** Of a certificate, by which its engine knows it. */
    @Nullable
    String serial() {
        if (isSshCertificate()) {
            return SshCertificate.parse(signedKey()).serial();
        }
        return data.get("certificate") == null ? null : data.getString("serial_number", null);
    }

    /** When the target itself refuses it, or Vault ends it; not later than the term. */
    Instant validUntil(Term term) {
        Long until = offlineUntil();
        Instant leased = isSshCertificate() ? term.until() : term.within(Duration.ofSeconds(seconds));
        return until == null || leased.getEpochSecond() < until ? leased : Instant.ofEpochSecond(until);
    }

    private String signedKey() {
        return data.getString("signed_key", "");
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
