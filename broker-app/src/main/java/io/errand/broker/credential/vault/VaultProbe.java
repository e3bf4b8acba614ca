package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultBinding;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Trying a tool's paths: a credential is made at each, looked at and destroyed. No lease stands for it and nobody gets it; its
 * token names no lease, and Vault ends both within a minute if the broker does not.
 */
final class VaultProbe {

    private static final long SECONDS = 60;

    /** How far Vault's clock may be ahead before what it makes here looks too long-lived. */
    private static final long SKEW = 60;

    private final RoleTokens tokens;
    private final ObservedDestruction destruction;
    private final String broker;
    private final Clock clock;

    VaultProbe(RoleTokens tokens, ObservedDestruction destruction, String broker, Clock clock) {
        this.tokens = tokens;
        this.destruction = destruction;
        this.broker = broker;
        this.clock = clock;
    }

    /** @param toolBinding one of which nothing wrong is known */
    List<BindingProblem> problems(ToolBinding toolBinding) {
        VaultBinding bound = VaultBinding.of(toolBinding).toolBinding();
        Map<String, String> actions = new TreeMap<>();
        new TreeMap<>(bound.paths()).forEach((action, path) -> actions.putIfAbsent(path, action));
        List<BindingProblem> problems = new ArrayList<>();
        actions.forEach((path, action) -> {
            BindingProblem problem = problem(toolBinding, bound, path, "path." + action);
            if (problem != null) {
                problems.add(problem);
            }
        });
        return problems;
    }

    private @Nullable BindingProblem problem(ToolBinding toolBinding, VaultBinding bound, String path, String member) {
        UUID id = Ids.next();
        RoleTokens.Making making = tokens.make(new RoleTokens.Wanted(
                bound.tokenRole(),
                "probe-" + id,
                SECONDS,
                SECONDS,
                Map.of("purpose", "a try of the tool " + toolBinding.tool(), "path", path, "tried_by", broker)));
        return switch (making) {
            case RoleTokens.Making.Failed(Reply reply) ->
                problem("token_role", "Vault made no token for a try: ", reply);
            case RoleTokens.Making.Unusable(String accessor, String cause) -> {
                if (accessor != null) {
                    tokens.withdraw(Reference.unread(accessor, path));
                }
                yield new BindingProblem("token_role", cause);
            }
            case RoleTokens.Making.Made(Secret token, String accessor) ->
                tried(
                        token,
                        Reference.unread(accessor, path),
                        bound,
                        member,
                        remains -> new Remains(id, toolBinding, remains));
        };
    }

    private @Nullable BindingProblem tried(
            Secret token, Reference reference, VaultBinding bound, String member, Function<String, Remains> remains) {
        String path = reference.path();
        Reply answer = tokens.credential(token, path, bound.parameters(), SECONDS);
        if (!(answer instanceof Said said && said.done())) {
            tokens.withdraw(reference);
            return problem(member, "Vault makes no credential at " + path + ": ", answer);
        }
        Credential credential = Credential.of(said);
        Optional<String> unusable = credential.unusable(clock.instant().plusSeconds(SECONDS + SKEW));
        if (unusable.isPresent()) {
            tokens.withdraw(credential.lease().isEmpty() ? reference : reference.read(credential));
            return new BindingProblem(member, path + " " + unusable.get());
        }
        Reference made = reference.read(credential);
        Destruction end = destruction.destroyTried(remains.apply(made.text()));
        return switch (end) {
            case Destruction.Gone gone -> null;
            case Destruction.Lingers lingers -> null;
            case Destruction.Retry retry -> notEnded(member, path, retry.cause(), retry.targetDown());
            case Destruction.Resists(var cause) -> notEnded(member, path, cause, false);
            case Destruction.Disabled disabled -> notEnded(member, path, disabled.cause(), false);
        };
    }

    private static BindingProblem notEnded(String member, String path, String cause, boolean down) {
        return new BindingProblem(
                member, path + " made a credential that was not seen to be revoked again: " + cause, down);
    }

    /** What Vault itself cannot do now says nothing about the binding; what it decided, or its engine failed at, does. */
    private static BindingProblem problem(String member, String what, Reply reply) {
        return new BindingProblem(member, what + reply.describe(), !reply.answered());
    }
}
