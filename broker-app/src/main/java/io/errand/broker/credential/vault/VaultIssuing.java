package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.Recorder;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.vault.Reply.Said;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.Secret;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Making one credential: a token, its accessor on record, then the credential read with that token. */
final class VaultIssuing {

    /** What an agent's log may show; any other string is a secret. */
    private static final Set<String> PUBLIC = Set.of(
            "username",
            "certificate",
            "issuing_ca",
            "serial_number",
            "private_key_type",
            "service_account_name",
            "service_account_namespace");

    private final VaultCalls calls;
    private final VaultLogin login;
    private final String broker;

    VaultIssuing(VaultCalls calls, VaultLogin login, String broker) {
        this.calls = calls;
        this.login = login;
        this.broker = broker;
    }

    Issuing issue(Order order, Recorder recorder) {
        VaultBinding.Read read = VaultBinding.of(order.binding());
        if (!read.problems().isEmpty()) {
            return new Issuing.Refused("The tool's config is no longer valid: " + read.problems());
        }
        long seconds = order.term().lasts().toSeconds();
        if (seconds < 1) {
            return new Issuing.Refused("Less than a second is left of the lease.");
        }
        return switch (read.binding().pathOf(order.actions())) {
            case Result.Refused<String> refused ->
                new Issuing.Refused(refused.problem().detail());
            case Result.Ok<String>(String path) -> withToken(order, read.binding(), path, seconds, recorder);
        };
    }

    private Issuing withToken(Order order, VaultBinding binding, String path, long seconds, Recorder recorder) {
        long taskSeconds = order.taskTerm().lasts().toSeconds();
        JsonObject meta = new JsonObject()
                .add("lease_id", order.lease().toString())
                .add("task", taskId(order.task().get("task")))
                .add("path", path)
                .add("broker", broker);
        Reply made = login.write(
                "auth/token/create/" + binding.tokenRole(),
                Map.of(
                        "display_name",
                        order.lease().toString(),
                        "ttl",
                        seconds + "s",
                        "explicit_max_ttl",
                        Math.max(seconds, taskSeconds) + "s",
                        "renewable",
                        true,
                        "no_default_policy",
                        true,
                        "meta",
                        meta));
        if (!(made instanceof Said said)) {
            return unknown("Making a token", made);
        }
        if (!said.done()) {
            return new Issuing.Refused("Vault made no token: " + said.describe());
        }
        JsonObject auth = said.object("auth");
        Secret token = new Secret(auth.getString("client_token", ""));
        Reference reference = new Reference(auth.getString("accessor", ""), path, null, null);
        if (reference.accessor().isEmpty()) {
            // A batch token: nothing can find or revoke it. It was never used and dies by its own TTL.
            return new Issuing.Unknown("The token role makes tokens without an accessor.", null);
        }
        if (!auth.getBoolean("orphan", false)
                || Reply.texts(auth.get("policies")).contains("root")) {
            return withdraw(reference, "The token role makes tokens that are no orphans, or root.");
        }
        if (!recorded(recorder, reference)) {
            return withdraw(reference, "The lease was no longer pending when its token was made.");
        }
        return withCredential(order, binding, token, reference, seconds, recorder);
    }

    private Issuing withCredential(
            Order order, VaultBinding binding, Secret token, Reference reference, long seconds, Recorder recorder) {
        Reply answer;
        if (binding.parameters().isEmpty()) {
            answer = calls.readOnce(token, reference.path());
        } else {
            Map<String, Object> body = new LinkedHashMap<>(binding.parameters());
            body.put("ttl", seconds + "s");
            answer = calls.write(token, reference.path(), body);
        }
        if (!(answer instanceof Said said && said.done())) {
            withdraw(reference, "");
            return unknown("Reading " + reference.path(), answer);
        }
        String lease = said.body().getString("lease_id", "");
        long lasts = said.body().getLong("lease_duration", 0);
        if (lease.isEmpty() || lasts <= 0) {
            return withdrawn(
                    reference,
                    "The engine at " + reference.path()
                            + " gives credentials without a lease: nothing could revoke them.");
        }
        Reference read = reference.read(lease, offlineUntil(said.data()));
        if (!recorded(recorder, read)) {
            return withdraw(read, "The lease was no longer pending when its credential was made.");
        }
        return new Issuing.Issued(read.text(), shown(said.data()), order.term().within(Duration.ofSeconds(lasts)));
    }

    /** A recorder that fails is one that did not record. */
    private boolean recorded(Recorder recorder, Reference reference) {
        try {
            return recorder.record(reference.text());
        } catch (RuntimeException e) {
            withdraw(reference, "");
            throw e;
        }
    }

    /** Takes back what was made, as far as that goes now; the lease's own destruction looks again. */
    private Issuing withdraw(Reference reference, String cause) {
        if (reference.lease() != null) {
            login.write("sys/leases/revoke", Map.of("lease_id", reference.lease(), "sync", true));
        }
        login.write("auth/token/revoke-accessor", Map.of("accessor", reference.accessor()));
        return new Issuing.Unknown(cause, null);
    }

    /** The same where no lease exists: refused if the token is seen to be gone. */
    private Issuing withdrawn(Reference reference, String cause) {
        Issuing unknown = withdraw(reference, cause);
        Reply look = login.write("auth/token/lookup-accessor", Map.of("accessor", reference.accessor()));
        return Accessors.absent(look) ? new Issuing.Refused(cause) : unknown;
    }

    private static Issuing unknown(String what, Reply reply) {
        return new Issuing.Unknown(what + ": " + reply.describe(), reply.after());
    }

    private static String taskId(@Nullable Object task) {
        return switch (task) {
            case String text -> text;
            case UUID id -> id.toString();
            case Map<?, ?> members -> String.valueOf(members.get("id"));
            case null, default -> "";
        };
    }

    /** PKI says when a certificate ends: whoever does not read the revocation list accepts it until then. */
    private static @Nullable Long offlineUntil(JsonObject data) {
        return data.get("certificate") == null ? null : data.getLong("expiration", 0);
    }

    private static Map<String, Object> shown(JsonObject data) {
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
