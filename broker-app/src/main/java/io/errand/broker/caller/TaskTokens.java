package io.errand.broker.caller;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/**
 * Task tokens (RFC 9068). What one says is never believed beyond its signature, audience and end: whose task it is, and whether
 * it is still the one token of that task, is read from the task's row.
 */
@Component
public class TaskTokens {

    private static final TypeReference<List<Map<String, Object>>> DETAILS = new TypeReference<>() {};

    private final Keys keys;
    private final Tasks tasks;
    private final ErrandProperties errand;
    private final Clock clock;

    TaskTokens(Keys keys, Tasks tasks, ErrandProperties errand, Clock clock) {
        this.keys = keys;
        this.tasks = tasks;
        this.errand = errand;
        this.clock = clock;
    }

    /** A token that is valid for a task, whatever state the task is in. */
    public record Live(Task task, Map<String, Object> claims) {

        /** The key without which the token is worth nothing. */
        public Optional<KeyBinding> binding() {
            return KeyBinding.of(claims);
        }
    }

    public String sign(Task task, List<AuthorizationDetail> granted, Optional<KeyBinding> binding) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", errand.issuer());
        claims.put("aud", errand.issuer());
        claims.put("jti", task.tokenId().toString());
        claims.put("iat", clock.instant().getEpochSecond());
        claims.put("exp", task.expiresAt().getEpochSecond());
        claims.put("client_id", task.agent());
        claims.putAll(TokenParties.of(task));
        claims.put("authorization_details", Json.mapper().convertValue(granted, DETAILS));
        binding.ifPresent(bound -> claims.put("cnf", bound.cnf()));
        return keys.sign(TokenKind.TASK_TOKEN, claims);
    }

    /** Whether we signed it as a task token; nothing more. */
    public boolean isOurs(String token) {
        return keys.read(TokenKind.TASK_TOKEN, token).isPresent();
    }

    /** The token, if it has not expired and is the task's current one. */
    public Optional<Live> current(String token) {
        return current(token, tasks::find);
    }

    /** @param find the task of an id, if it may be spoken of */
    public Optional<Live> current(String token, Function<UUID, Optional<Task>> find) {
        return keys.read(TokenKind.TASK_TOKEN, token)
                .filter(claims -> errand.issuer().equals(claims.get("iss"))
                        && errand.issuer().equals(claims.get("aud"))
                        && claims.get("exp") instanceof Number exp
                        && exp.longValue() > clock.instant().getEpochSecond())
                // A binding that is not understood is not passed over (RFC 7800 §3.1).
                .filter(claims ->
                        !claims.containsKey("cnf") || KeyBinding.of(claims).isPresent())
                .flatMap(claims -> taskId(claims)
                        .flatMap(find)
                        .filter(task -> task.tokenId().toString().equals(claims.get("jti")))
                        .map(task -> new Live(task, claims)));
    }

    /** The same, of a task that has not ended. */
    GrantStep<Live> live(String token) {
        return current(token)
                .map(live -> live.task().state() == Task.State.ACTIVE
                        ? GrantStep.pass(live)
                        : GrantStep.<Live>stop(Refusal.untrusted(
                                "task_ended",
                                "the task is " + live.task().state().word())))
                .orElseGet(() -> GrantStep.stop(
                        Refusal.untrusted("task_token_invalid", "expired, replaced, or not this deployment's")));
    }

    private static Optional<UUID> taskId(Map<String, Object> claims) {
        return claims.get("task") instanceof Map<?, ?> task && task.get("id") instanceof String id
                ? Ids.parse(id)
                : Optional.empty();
    }
}
