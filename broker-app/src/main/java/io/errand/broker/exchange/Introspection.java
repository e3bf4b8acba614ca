package io.errand.broker.exchange;

import io.errand.api.LeaseView;
import io.errand.broker.identity.Binding;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.lease.Leases;
import io.errand.broker.lock.Locks;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tools;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * RFC 7662. A tool's own identities see the leases of that tool, holders of {@code errand.introspect} see everything; all others,
 * and all that is not live, get {@code {"active":false}} and nothing else.
 */
@Component
class Introspection {

    private static final Map<String, Object> INACTIVE = Map.of("active", false);

    private final TaskTokens taskTokens;
    private final Keys keys;
    private final Leases leases;
    private final Tools tools;
    private final Tasks tasks;
    private final Locks locks;

    Introspection(TaskTokens taskTokens, Keys keys, Leases leases, Tools tools, Tasks tasks, Locks locks) {
        this.taskTokens = taskTokens;
        this.keys = keys;
        this.leases = leases;
        this.tools = tools;
        this.tasks = tasks;
        this.locks = locks;
    }

    Map<String, Object> answer(String token, Optional<String> hint, Requester requester) {
        if (hint.filter("lease"::equals).isPresent()) {
            return Ids.parse(token).flatMap(id -> lease(id, requester)).orElse(INACTIVE);
        }
        Optional<Map<String, Object>> credential = keys.read(TokenKind.CREDENTIAL, token);
        if (credential.isPresent()) {
            return credential
                    .map(claims -> claims.get("jti"))
                    .map(String::valueOf)
                    .flatMap(Ids::parse)
                    .flatMap(id -> lease(id, requester))
                    .map(lease -> merged(credential.get(), lease))
                    .orElse(INACTIVE);
        }
        return requester.mayIntrospectAll()
                ? taskTokens
                        .current(token)
                        .filter(live -> live.task().state() == Task.State.ACTIVE)
                        .filter(live -> isFree(live.task(), List.of()))
                        .map(live -> merged(live.claims(), Map.of("active", true, "token_type", tokenType(live))))
                        .orElse(INACTIVE)
                : INACTIVE;
    }

    private static String tokenType(TaskTokens.Live live) {
        return live.binding().map(Binding::tokenType).orElse("Bearer");
    }

    private Optional<Map<String, Object>> lease(UUID id, Requester requester) {
        return leases.find(id)
                .filter(lease -> lease.state().equals("active"))
                .filter(lease -> requester.mayIntrospectAll() || isOwn(lease, requester))
                .flatMap(lease -> tasks.find(UUID.fromString(lease.task()))
                        .filter(task -> isFree(task, List.of(lease.tool())))
                        .map(task -> claims(lease, task)));
    }

    private static Map<String, Object> claims(LeaseView lease, Task task) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("active", true);
        claims.put("lease_id", lease.id());
        claims.put("client_id", lease.agent());
        claims.put("tool", lease.tool());
        claims.put("actions", lease.actions());
        claims.putAll(Parties.of(task));
        claims.put("exp", lease.expiresAt().getEpochSecond());
        claims.put("iat", lease.createdAt().getEpochSecond());
        return claims;
    }

    /** The sweep of a lock has ended what it found; this is for what it could not know of. */
    private boolean isFree(Task task, List<String> ofTools) {
        return locks.find(Subjects.of(task, ofTools)).isEmpty();
    }

    private boolean isOwn(LeaseView lease, Requester requester) {
        return requester.identity().isPresent()
                && tools.byName(lease.tool()).stream()
                        .flatMap(tool -> tool.identities().stream())
                        .anyMatch(identity -> identity.issuer()
                                        .equals(requester.identity().get().issuer())
                                && requester.identity().get().subject().equals(identity.subject()));
    }

    private static Map<String, Object> merged(Map<String, Object> claims, Map<String, Object> more) {
        Map<String, Object> all = new LinkedHashMap<>(claims);
        all.putAll(more);
        return all;
    }
}
