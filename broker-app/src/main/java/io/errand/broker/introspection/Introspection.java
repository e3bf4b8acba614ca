package io.errand.broker.introspection;

import io.errand.api.LeaseView;
import io.errand.broker.caller.TaskTokens;
import io.errand.broker.caller.TokenCaller;
import io.errand.broker.caller.TokenParties;
import io.errand.broker.identity.KeyBinding;
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
public class Introspection {

    private static final Map<String, Object> INACTIVE = Map.of("active", false);

    private final TaskTokens taskTokens;
    private final Keys keys;
    private final Tools tools;
    private final IntrospectionQuery introspectionQuery;

    Introspection(TaskTokens taskTokens, Keys keys, Tools tools, IntrospectionQuery introspectionQuery) {
        this.taskTokens = taskTokens;
        this.keys = keys;
        this.tools = tools;
        this.introspectionQuery = introspectionQuery;
    }

    public Map<String, Object> answer(String token, Optional<String> hint, TokenCaller tokenCaller) {
        if (hint.filter("lease"::equals).isPresent()) {
            return Ids.parse(token).flatMap(id -> lease(id, tokenCaller)).orElse(INACTIVE);
        }
        Optional<Map<String, Object>> credential = keys.read(TokenKind.CREDENTIAL, token);
        if (credential.isPresent()) {
            return credential
                    .map(claims -> claims.get("jti"))
                    .map(String::valueOf)
                    .flatMap(Ids::parse)
                    .flatMap(id -> lease(id, tokenCaller))
                    .map(lease -> merged(credential.get(), lease))
                    .orElse(INACTIVE);
        }
        return tokenCaller.mayIntrospectAll()
                ? taskTokens
                        .current(
                                token,
                                id -> introspectionQuery
                                        .task(id)
                                        .filter(one -> !one.stopped())
                                        .map(IntrospectionQuery.OfTask::task))
                        .filter(live -> live.task().state() == Task.State.ACTIVE)
                        .map(live -> merged(live.claims(), Map.of("active", true, "token_type", tokenType(live))))
                        .orElse(INACTIVE)
                : INACTIVE;
    }

    private static String tokenType(TaskTokens.Live live) {
        return live.binding().map(KeyBinding::tokenType).orElse("Bearer");
    }

    private Optional<Map<String, Object>> lease(UUID id, TokenCaller tokenCaller) {
        return introspectionQuery
                .lease(id, visible(tokenCaller))
                // The sweep of a lock has ended what it found; this is for what it could not know of.
                .filter(found -> !found.stopped())
                .map(Introspection::claims);
    }

    private static Map<String, Object> claims(IntrospectionQuery.OfLease found) {
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
        claims.putAll(TokenParties.of(found.task()));
        claims.put("exp", lease.expiresAt().getEpochSecond());
        claims.put("iat", lease.createdAt().getEpochSecond());
        return claims;
    }

    private IntrospectionQuery.Visible visible(TokenCaller tokenCaller) {
        return new IntrospectionQuery.Visible(
                tokenCaller.mayIntrospectAll(),
                tokenCaller
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
