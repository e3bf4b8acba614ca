package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.Recorder;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultBinding;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.Secret;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Making one credential: a token, its accessor on record, then the credential read with that token. */
final class VaultIssuing {

    private final RoleTokens tokens;
    private final String broker;
    private final LongSupplier nanos;

    VaultIssuing(RoleTokens tokens, String broker, LongSupplier nanos) {
        this.tokens = tokens;
        this.broker = broker;
        this.nanos = nanos;
    }

    Issuing issue(Order order, Recorder recorder) {
        long begun = nanos.getAsLong();
        VaultBinding.Read read = VaultBinding.of(order.toolBinding());
        if (!read.problems().isEmpty()) {
            return new Issuing.Refused("The tool's config is no longer valid: " + read.problems(), true);
        }
        long seconds = order.term().lasts().toSeconds();
        if (seconds < 1) {
            return new Issuing.Refused("Less than a second is left of the lease.");
        }
        return switch (read.toolBinding().pathOf(order.actions())) {
            case Result.Refused<String> refused ->
                new Issuing.Refused(refused.problem().detail(), true);
            case Result.Ok<String>(String path) -> withToken(order, read.toolBinding(), path, seconds, begun, recorder);
        };
    }

    private Issuing withToken(
            Order order, VaultBinding binding, String path, long seconds, long begun, Recorder recorder) {
        RoleTokens.Making making = tokens.make(new RoleTokens.Wanted(
                binding.tokenRole(),
                order.lease().toString(),
                seconds,
                Math.max(seconds, order.taskTerm().lasts().toSeconds()),
                Map.of(
                        "lease_id",
                        order.lease().toString(),
                        "task",
                        taskId(order.task().get("task")),
                        "path",
                        path,
                        "broker",
                        broker,
                        ToolBinding.OBSERVE,
                        binding.observe())));
        return switch (making) {
            case RoleTokens.Making.Failed(Reply reply) ->
                reply.decided()
                        ? new Issuing.Refused("Vault made no token: " + reply.describe(), true)
                        : unknown("Making a token", reply);
            case RoleTokens.Making.Unusable(String accessor, String cause) ->
                accessor == null ? new Issuing.Unknown(cause, null) : withdraw(Reference.unread(accessor, path), cause);
            case RoleTokens.Making.Made(Secret token, String accessor) -> {
                Reference reference = Reference.unread(accessor, path);
                yield recorded(recorder, reference)
                        ? withCredential(order, binding, token, reference, begun, recorder)
                        : withdraw(reference, "The lease was no longer pending when its token was made.");
            }
        };
    }

    private Issuing withCredential(
            Order order, VaultBinding binding, Secret token, Reference reference, long begun, Recorder recorder) {
        // What is made with a ttl counts it in whole seconds from when Vault makes it.
        long seconds = order.term()
                .lasts()
                .minusNanos(nanos.getAsLong() - begun)
                .minusSeconds(1)
                .toSeconds();
        if (!binding.parameters().isEmpty() && seconds < 1) {
            return withdrawn(reference, "Less than two seconds are left of the lease.", false);
        }
        Reply answer = inTime(order, binding, token, reference.path(), seconds);
        if (!(answer instanceof Said said && said.done())) {
            return answer.decided()
                    ? withdrawn(reference, "Vault refuses " + reference.path() + ": " + answer.describe(), true)
                    : notMade(reference, answer);
        }
        Credential credential = Credential.of(said);
        Optional<String> unusable = credential.unusable(order.term().until());
        if (unusable.isPresent()) {
            return withdrawn(
                    credential.lease().isEmpty() ? reference : reference.read(credential),
                    "The engine at " + reference.path() + " " + unusable.get(),
                    true);
        }
        Reference read = reference.read(credential);
        if (!recorded(recorder, read)) {
            return withdraw(read, "The lease was no longer pending when its credential was made.");
        }
        return new Issuing.Issued(read.text(), credential.shown(), credential.validUntil(order.term()));
    }

    /**
     * Vault counts by its own clock, and from when it has made a key, which takes its time: from a certificate that comes out too long
     * it is known how much less to ask for. Nobody has seen that one.
     */
    private Reply inTime(Order order, VaultBinding binding, Secret token, String path, long seconds) {
        Reply answer = tokens.credential(token, path, binding.parameters(), seconds);
        if (!(answer instanceof Said said && said.done())) {
            return answer;
        }
        Credential made = Credential.of(said);
        long less = seconds - made.secondsPast(order.term().until()) - 2;
        if (made.secondsPast(order.term().until()) == 0 || less < 1) {
            return answer;
        }
        tokens.revoke(made.lease());
        return tokens.credential(token, path, binding.parameters(), less);
    }

    /** A recorder that fails is one that did not record. */
    private boolean recorded(Recorder recorder, Reference reference) {
        try {
            return recorder.record(reference.text());
        } catch (RuntimeException e) {
            tokens.withdraw(reference);
            throw e;
        }
    }

    /** Takes back what was made, as far as that goes now; the lease's own destruction looks again. */
    private Issuing withdraw(Reference reference, String cause) {
        tokens.withdraw(reference);
        return new Issuing.Unknown(cause, null);
    }

    /** The same where nobody was given what was made, if anything was: refused if the token is seen to be gone. */
    private Issuing withdrawn(Reference reference, String cause, boolean decided) {
        tokens.withdraw(reference);
        return tokens.isGone(reference) ? new Issuing.Refused(cause, decided) : new Issuing.Unknown(cause, null);
    }

    private Issuing notMade(Reference reference, Reply answer) {
        tokens.withdraw(reference);
        return unknown("Reading " + reference.path(), answer);
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
}
