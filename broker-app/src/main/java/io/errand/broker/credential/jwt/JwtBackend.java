package io.errand.broker.credential.jwt;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Secret;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A token for one audience. It is signed here and checked elsewhere, so it cannot be taken back before its end. */
@Component
class JwtBackend implements Backend {

    private static final Set<String> MEMBERS = Set.of("audience", "claims", "alg", "typ");
    private static final Set<String> ALGORITHMS = Set.of("ES256", "RS256");
    private static final Map<String, TokenKind> TYPES =
            Map.of("JWT", TokenKind.CREDENTIAL, "at+jwt", TokenKind.ACCESS_CREDENTIAL);

    /** What we say of a token, and no tool's {@code claims} may. */
    private static final Set<String> OURS = Set.of(
            "iss",
            "aud",
            "sub",
            "jti",
            "iat",
            "nbf",
            "exp",
            "client_id",
            "act",
            "approval",
            "may_act",
            "cnf",
            "task",
            "authorization_details",
            "scope",
            "status");

    private final Keys keys;
    private final ErrandProperties errand;
    private final Clock clock;

    JwtBackend(Keys keys, ErrandProperties errand, Clock clock) {
        this.keys = keys;
        this.errand = errand;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "jwt";
    }

    @Override
    public List<BindingProblem> check(ToolBinding toolBinding) {
        List<BindingProblem> problems = new ArrayList<>();
        Map<String, Object> config = toolBinding.config();
        config.keySet().stream()
                .filter(member -> !MEMBERS.contains(member))
                .forEach(member -> problems.add(new BindingProblem(member, "There is no such member.")));
        if (!(config.get("audience") instanceof String audience) || audience.isBlank()) {
            problems.add(new BindingProblem("audience", "Name the one audience that accepts the token."));
        } else if (isOurs(audience)) {
            problems.add(new BindingProblem(
                    "audience", "The broker's own audiences are not for credentials; name the tool's."));
        }
        if (!ALGORITHMS.contains(alg(config))) {
            problems.add(new BindingProblem("alg", "ES256 or RS256."));
        }
        if (!TYPES.containsKey(typ(config))) {
            problems.add(new BindingProblem("typ", "JWT or at+jwt."));
        }
        Object claims = config.getOrDefault("claims", Map.of());
        if (!(claims instanceof Map<?, ?> more)) {
            problems.add(new BindingProblem("claims", "An object of claims."));
        } else {
            more.keySet().stream()
                    .filter(OURS::contains)
                    .forEach(claim -> problems.add(new BindingProblem("claims." + claim, "The broker sets this one.")));
        }
        return problems;
    }

    private boolean isOurs(String audience) {
        String plain = audience.strip().replaceAll("/+$", "");
        return plain.equalsIgnoreCase(errand.issuer()) || plain.equalsIgnoreCase(errand.adminAudience());
    }

    /** It is in {@code authorization_details}, where the tool reads it. */
    @Override
    public Narrowing narrowing(
            ToolBinding toolBinding,
            List<String> actions,
            @Nullable List<String> datatypes,
            @Nullable List<String> locations) {
        return datatypes == null && locations == null ? Narrowing.ENFORCED : Narrowing.TOLD;
    }

    @Override
    public Optional<String> reference(UUID lease, Term term) {
        return Optional.of(new Reference(lease.toString(), term.until().getEpochSecond()).text());
    }

    /** Nothing is made anywhere else: the token exists in this method's answer alone, and its lease is ACTIVE by then. */
    @Override
    public Issuing issue(Order order, Recorder recorder) {
        if (!check(order.toolBinding()).isEmpty()) {
            return new Issuing.Refused("The binding of '" + order.toolBinding().tool() + "' is not good.");
        }
        long exp = order.term().until().getEpochSecond();
        String token = keys.sign(
                Objects.requireNonNull(TYPES.get(typ(order.toolBinding().config()))),
                claims(order, exp),
                alg(order.toolBinding().config()));
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("token", new Secret(token));
        data.put("valid_until", Instant.ofEpochSecond(exp));
        return new Issuing.Issued(
                new Reference(order.lease().toString(), exp).text(), data, Instant.ofEpochSecond(exp));
    }

    private Map<String, Object> claims(Order order, long exp) {
        Map<String, Object> config = order.toolBinding().config();
        Map<String, Object> claims = new LinkedHashMap<>();
        if (config.get("claims") instanceof Map<?, ?> more) {
            more.forEach((claim, value) -> claims.put(String.valueOf(claim), value));
        }
        Map<String, Object> task = order.task();
        claims.put("iss", errand.issuer());
        claims.put("aud", config.get("audience"));
        claims.put("sub", task.getOrDefault("sub", "agent:" + task.get("agent")));
        claims.put("jti", order.lease().toString());
        claims.put("iat", clock.instant().getEpochSecond());
        claims.put("exp", exp);
        put(claims, "client_id", task.get("agent"));
        put(claims, "act", task.get("act"));
        put(claims, "cnf", task.get("cnf"));
        put(claims, "approval", task.get("approval"));
        Map<String, Object> about = new LinkedHashMap<>();
        put(about, "id", task.get("task"));
        put(about, "type", task.get("type"));
        put(about, "root", task.get("root"));
        claims.put("task", about);
        if (task.get("tenant") instanceof String tenant) {
            claims.putIfAbsent("tenant", tenant);
        }
        claims.put("authorization_details", details(order));
        // RFC 9068 §2.2.3: what resource servers look at that know no authorization_details.
        claims.put("scope", scope(order));
        if (order.status() != null) {
            claims.put("status", Map.of("status_list", order.status().claim(errand.issuer())));
        }
        return claims;
    }

    private static String scope(Order order) {
        return order.actions().stream()
                .map(action -> order.toolBinding().tool() + ":" + action)
                .collect(Collectors.joining(" "));
    }

    /** What was granted on this tool: what the task may do elsewhere is nothing that this tool needs to know. */
    private static List<Object> details(Order order) {
        String tool = order.toolBinding().tool();
        List<Object> ofTool = new ArrayList<>();
        if (order.task().get("authorization_details") instanceof List<?> all) {
            for (Object detail : all) {
                Map<?, ?> plain = Json.mapper().convertValue(detail, Map.class);
                if (tool.equals(plain.get("identifier"))) {
                    ofTool.add(plain);
                }
            }
        }
        return ofTool.isEmpty()
                ? List.of(
                        Map.of("type", AuthorizationDetail.TOOL_ACCESS, "identifier", tool, "actions", order.actions()))
                : ofTool;
    }

    @Override
    public Use use(ToolBinding toolBinding, Map<String, Object> data) {
        return TokenUse.verify(
                ((Secret) Objects.requireNonNull(data.get("token"))).reveal(),
                keys.published(),
                String.valueOf(toolBinding.config().get("audience")));
    }

    @Override
    public Destruction destroy(Remains remains) {
        String reference = remains.reference();
        if (reference == null) {
            // The reference is committed with ACTIVE, and no token leaves before that (P1).
            return new Destruction.Gone(
                    "absent",
                    "The lease never became active, so no token of this id left the broker.",
                    Map.of("jti", remains.lease().toString()));
        }
        Reference known = Reference.read(reference);
        if (known == null) {
            return new Destruction.Retry("The reference cannot be read: " + reference, null);
        }
        Instant end = Instant.ofEpochSecond(known.exp());
        if (clock.instant().isBefore(end)) {
            return new Destruction.Lingers(end);
        }
        return new Destruction.Gone(
                "expired",
                "Refused online and on its status list since its revocation; those who read neither held it until its end, which has passed.",
                Map.of("jti", known.jti(), "exp", known.exp()));
    }

    /** Tokens stand nowhere that could be listed. */
    @Override
    public List<Listing> list() {
        return List.of();
    }

    private static String alg(Map<String, Object> config) {
        return config.getOrDefault("alg", "ES256") instanceof String text ? text : "";
    }

    private static String typ(Map<String, Object> config) {
        return config.getOrDefault("typ", "JWT") instanceof String text ? text : "";
    }

    private static void put(Map<String, Object> claims, String claim, @Nullable Object value) {
        if (value != null) {
            claims.put(claim, value);
        }
    }

    /** {@code <jti>:<exp>}. */
    private record Reference(String jti, long exp) {

        String text() {
            return jti + ":" + exp;
        }

        static @Nullable Reference read(String text) {
            int colon = text.indexOf(':');
            try {
                return colon < 0
                        ? null
                        : new Reference(text.substring(0, colon), Long.parseLong(text.substring(colon + 1)));
            } catch (NumberFormatException e) {
                return null;
            }
        }
    }
}
