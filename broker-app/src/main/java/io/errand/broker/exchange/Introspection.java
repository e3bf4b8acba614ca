package io.errand.broker.exchange;

import io.errand.api.LeaseView;
import io.errand.broker.identity.Binding;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tools;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    private final Tools tools;
    private final Shown shown;

    Introspection(TaskTokens taskTokens, Keys keys, Tools tools, Shown shown) {
        this.taskTokens = taskTokens;
        this.keys = keys;
        this.tools = tools;
        this.shown = shown;
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
                        .current(
                                token,
                                id -> shown.task(id)
                                        .filter(one -> !one.stopped())
                                        .map(Shown.OfTask::task))
                        .filter(live -> live.task().state() == Task.State.ACTIVE)
                        .map(live -> merged(live.claims(), Map.of("active", true, "token_type", tokenType(live))))
                        .orElse(INACTIVE)
                : INACTIVE;
    }

    private static String tokenType(TaskTokens.Live live) {
        return live.binding().map(Binding::tokenType).orElse("Bearer");
    }

    private Optional<Map<String, Object>> lease(UUID id, Requester requester) {
        return shown.lease(id, visible(requester))
                // The sweep of a lock has ended what it found; this is for what it could not know of.
                .filter(found -> !found.stopped())
                .map(Introspection::claims);
    }

    private static Map<String, Object> claims(Shown.OfLease found) {
        LeaseView lease = found.lease();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("active", true);
        claims.put("lease_id", lease.id());
        claims.put("client_id", lease.agent());
        claims.put("tool", lease.tool());
        claims.put("actions", lease.actions());
        claims.put("authorization_details", List.of(found.granted()));
        if (!found.cnf().isEmpty()) {
            claims.put("cnf", found.cnf());
        }
        claims.putAll(Parties.of(found.task()));
        claims.put("exp", lease.expiresAt().getEpochSecond());
        claims.put("iat", lease.createdAt().getEpochSecond());
        return claims;
    }

    private Shown.Visible visible(Requester requester) {
        return new Shown.Visible(
                requester.mayIntrospectAll(),
                requester
                        .identity()
                        .map(identity -> tools.ofIdentity(identity.issuer(), identity.subject()))
                        .orElse(Set.of()));
    }

    private static Map<String, Object> merged(Map<String, Object> claims, Map<String, Object> more) {
        Map<String, Object> all = new LinkedHashMap<>(claims);
        all.putAll(more);
        return all;
    }
}
