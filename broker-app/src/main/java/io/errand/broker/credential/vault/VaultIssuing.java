package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.Recorder;
import io.errand.broker.credential.Binding;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.vault.Reply.Said;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.Secret;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Making one credential: a token, its accessor on record, then the credential read with that token. */
final class VaultIssuing {

    private final RoleTokens tokens;
    private final String broker;

    VaultIssuing(RoleTokens tokens, String broker) {
        this.tokens = tokens;
        this.broker = broker;
    }

    Issuing issue(Order order, Recorder recorder) {
        VaultBinding.Read read = VaultBinding.of(order.binding());
        if (!read.problems().isEmpty()) {
            return new Issuing.Refused("The tool's config is no longer valid: " + read.problems(), true);
        }
        long seconds = order.term().lasts().toSeconds();
        if (seconds < 1) {
            return new Issuing.Refused("Less than a second is left of the lease.");
        }
        return switch (read.binding().pathOf(order.actions())) {
            case Result.Refused<String> refused ->
                new Issuing.Refused(refused.problem().detail(), true);
            case Result.Ok<String>(String path) -> withToken(order, read.binding(), path, seconds, recorder);
        };
    }

    private Issuing withToken(Order order, VaultBinding binding, String path, long seconds, Recorder recorder) {
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
                        Binding.OBSERVE,
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
                        ? withCredential(order, binding, token, reference, seconds, recorder)
                        : withdraw(reference, "The lease was no longer pending when its token was made.");
            }
        };
    }

    private Issuing withCredential(
            Order order, VaultBinding binding, Secret token, Reference reference, long seconds, Recorder recorder) {
        Reply answer = tokens.credential(token, reference.path(), binding.parameters(), seconds);
        if (!(answer instanceof Said said && said.done())) {
            return answer.decided()
                    ? withdrawn(reference, "Vault refuses " + reference.path() + ": " + answer.describe())
                    : notMade(reference, answer);
        }
        Credential credential = Credential.of(said);
        if (credential.lease().isEmpty() || credential.seconds() <= 0) {
            return withdrawn(
                    reference,
                    "The engine at " + reference.path()
                            + " gives credentials without a lease: nothing could revoke them.");
        }
        Reference read = reference.read(credential);
        if (!recorded(recorder, read)) {
            return withdraw(read, "The lease was no longer pending when its credential was made.");
        }
        return new Issuing.Issued(
                read.text(), credential.shown(), order.term().within(Duration.ofSeconds(credential.seconds())));
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

    /** The same where no lease exists: refused if the token is seen to be gone. */
    private Issuing withdrawn(Reference reference, String cause) {
        tokens.withdraw(reference);
        return tokens.isGone(reference) ? new Issuing.Refused(cause, true) : new Issuing.Unknown(cause, null);
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
