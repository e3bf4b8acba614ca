package io.errand.broker.caller;

import io.errand.broker.identity.AssertionType;
import io.errand.broker.identity.TokenType;
import io.errand.broker.shared.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a token exchange (RFC 8693 §2.1) or of the client credentials grant (RFC 6749 §4.4), their form checked and
 * nothing believed.
 *
 * @param subject null: client credentials, which the agent asks for itself
 * @param assertion how the agent authenticates (RFC 7523 §2.2); null: by the actor token, or by the subject token
 * @param clientId the agent's name, if it says it
 * @param task the {@code task} parameter, unread JSON
 * @param authorizationDetails the parameter of that name (RFC 9396 §2), unread JSON
 * @param standard whether tools are named as standard clients name them, by {@code audience}, {@code resource} or {@code scope}
 * @param issuedType {@code requested_token_type}, or an access token
 * @param deferred whether the client can wait for a person ({@code completion_mode=deferred})
 * @param propose whether what is outside the ceiling is to be proposed to the agent's owner ({@code propose=true})
 * @param idempotencyKey the header of that name
 */
public record TokenRequest(
        @Nullable Shown subject,
        @Nullable Shown actor,
        @Nullable Assertion assertion,
        @Nullable String clientId,
        @Nullable String task,
        @Nullable String authorizationDetails,
        List<String> audiences,
        List<String> resources,
        @Nullable String scope,
        boolean standard,
        TokenType issuedType,
        boolean deferred,
        boolean propose,
        @Nullable String idempotencyKey) {

    public static final String DEFERRED_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:deferred";
    public static final String GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";
    public static final String CLIENT_CREDENTIALS = "client_credentials";
    public static final String JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    private static final Set<String> TOKENS =
            Set.of("subject_token", "subject_token_type", "actor_token", "actor_token_type");
    private static final Set<String> REPEATABLE = Set.of("audience", "resource");
    private static final Set<String> REQUESTED = Set.of(TokenType.ACCESS_TOKEN.urn(), TokenType.JWT.urn());
    private static final int MAX_IDEMPOTENCY_KEY = 255;

    /** A token, and what its sender says that it is. */
    record Shown(String token, TokenType type) {

        @Override
        public String toString() {
            return "Shown[" + type + "]";
        }
    }

    /** A client assertion, and what its sender says that it is. */
    record Assertion(String token, AssertionType type) {

        @Override
        public String toString() {
            return "Assertion[" + type + "]";
        }
    }

    public static GrantStep<TokenRequest> read(Map<String, String[]> form, @Nullable String idempotencyKey) {
        for (Map.Entry<String, String[]> parameter : form.entrySet()) {
            if (parameter.getValue().length > 1 && !REPEATABLE.contains(parameter.getKey())) {
                return stop("repeated_parameter", "A parameter is given twice; only audience and resource may be.");
            }
        }
        String requested = one(form, "requested_token_type");
        if (requested != null && !REQUESTED.contains(requested)) {
            return stop(
                    "requested_token_type",
                    "requested_token_type is "
                            + String.join(" or ", REQUESTED.stream().sorted().toList()) + ".");
        }
        if (idempotencyKey != null && (idempotencyKey.isBlank() || idempotencyKey.length() > MAX_IDEMPOTENCY_KEY)) {
            return stop("idempotency_key", "Idempotency-Key has 1 to " + MAX_IDEMPOTENCY_KEY + " characters.");
        }
        String completion = one(form, "completion_mode");
        if (completion != null && !completion.equals("deferred")) {
            return stop("completion_mode", "completion_mode is deferred, or leave it out.");
        }
        String propose = one(form, "propose");
        if (propose != null && !propose.equals("true")) {
            return stop("propose", "propose is true, or leave it out.");
        }
        return assertion(form)
                .then(assertion -> subject(form)
                        .then(subject -> actor(form)
                                .map(actor -> new TokenRequest(
                                        subject.orElse(null),
                                        actor.orElse(null),
                                        assertion.orElse(null),
                                        one(form, "client_id"),
                                        one(form, "task"),
                                        one(form, "authorization_details"),
                                        all(form, "audience"),
                                        all(form, "resource"),
                                        one(form, "scope"),
                                        isStandard(form),
                                        requested == null
                                                ? TokenType.ACCESS_TOKEN
                                                : TokenType.of(requested).orElseThrow(),
                                        completion != null,
                                        propose != null,
                                        idempotencyKey))));
    }

    /** An assertion names its tool itself, and a task's type names tools for whoever names none. */
    private static boolean isStandard(Map<String, String[]> form) {
        return one(form, "authorization_details") == null
                && (JWT_BEARER.equals(one(form, "grant_type"))
                        || !all(form, "audience").isEmpty()
                        || !all(form, "resource").isEmpty()
                        || one(form, "scope") != null);
    }

    /** RFC 6749 §5.2: a method that is not supported is {@code invalid_client}. */
    private static GrantStep<Optional<Assertion>> assertion(Map<String, String[]> form) {
        if (one(form, "client_secret") != null) {
            return GrantStep.stop(
                    Refusal.invalidClient("client_secret", "a client_secret was presented; no client has one"));
        }
        String token = one(form, "client_assertion");
        String urn = one(form, "client_assertion_type");
        if (token == null) {
            return urn == null
                    ? GrantStep.pass(Optional.empty())
                    : stop("client_assertion_missing", "client_assertion_type and client_assertion go together.");
        }
        Optional<AssertionType> type = urn == null ? Optional.empty() : AssertionType.of(urn);
        return type.isPresent()
                ? GrantStep.pass(Optional.of(new Assertion(token, type.get())))
                : GrantStep.stop(Refusal.invalidClient(
                        "client_assertion_unsupported",
                        "a client_assertion of another type than jwt-bearer and jwt-spiffe was presented"));
    }

    /** Client credentials have none, and say so: a token that somebody meant to exchange is not passed over in silence. */
    private static GrantStep<Optional<Shown>> subject(Map<String, String[]> form) {
        if (CLIENT_CREDENTIALS.equals(one(form, "grant_type"))) {
            return one(form, "subject_token") == null && one(form, "actor_token") == null
                    ? GrantStep.pass(Optional.empty())
                    : stop(
                            "grant_type",
                            "subject_token and actor_token belong to grant_type " + GRANT_TYPE + ", not to "
                                    + CLIENT_CREDENTIALS + ".");
        }
        if (JWT_BEARER.equals(one(form, "grant_type"))) {
            return idJag(form);
        }
        String token = one(form, "subject_token");
        if (token == null
                && DEFERRED_GRANT_TYPE.equals(one(form, "grant_type"))
                && one(form, "client_assertion") != null) {
            return GrantStep.pass(Optional.empty());
        }
        TokenType type = type(one(form, "subject_token_type"));
        return token == null || type == null
                ? stop(
                        "subject_token_missing",
                        "subject_token and subject_token_type are required; the type is one of the jwt, id_token and"
                                + " access_token URNs of RFC 8693 section 3.")
                : GrantStep.pass(Optional.of(new Shown(token, type)));
    }

    /** RFC 7523 §2.1: what the grant is for is said by the assertion. */
    private static GrantStep<Optional<Shown>> idJag(Map<String, String[]> form) {
        String assertion = one(form, "assertion");
        return assertion == null || one(form, "subject_token") != null
                ? stop(
                        "assertion_missing",
                        "assertion is required with grant_type " + JWT_BEARER + ", and subject_token belongs to "
                                + GRANT_TYPE + ".")
                : GrantStep.pass(Optional.of(new Shown(assertion, TokenType.ID_JAG)));
    }

    /** Whether it names tools as standard clients do. */
    public boolean isShorthand() {
        return !audiences.isEmpty() || !resources.isEmpty() || scope != null;
    }

    /** Whether what it is asked for by is an assertion, which identifies no agent. */
    public boolean isByAssertion() {
        return subject != null && subject.type() == TokenType.ID_JAG;
    }

    private static GrantStep<Optional<Shown>> actor(Map<String, String[]> form) {
        String token = one(form, "actor_token");
        String urn = one(form, "actor_token_type");
        if (token == null || urn == null) {
            return token == null && urn == null
                    ? GrantStep.pass(Optional.empty())
                    : stop("actor_token_type", "actor_token and actor_token_type go together.");
        }
        TokenType type = type(urn);
        return type == null
                ? stop("actor_token_type", "actor_token_type is not one of the jwt, id_token and access_token URNs.")
                : GrantStep.pass(Optional.of(new Shown(token, type)));
    }

    /** A poll with the deferred grant: the agent's own token is the subject, whichever parameter it came in. */
    public static GrantStep<TokenRequest> readPoll(Map<String, String[]> form, @Nullable String idempotencyKey) {
        Map<String, String[]> own = new HashMap<>(form);
        if (one(form, "client_assertion") != null) {
            own.keySet().removeAll(TOKENS);
        } else if (one(form, "actor_token") != null) {
            for (String part : List.of("_token", "_token_type")) {
                String[] actor = own.remove("actor" + part);
                own.remove("subject" + part);
                if (actor != null) {
                    own.put("subject" + part, actor);
                }
            }
        }
        return read(own, idempotencyKey);
    }

    /** The code of a poll; it is a secret until it is redeemed. */
    public static GrantStep<Secret> deferralCode(Map<String, String[]> form) {
        String code = one(form, "deferral_code");
        return code == null
                ? stop("deferral_code_missing", "deferral_code is required: the one of the first answer.")
                : GrantStep.pass(new Secret(code));
    }

    /** The same client asking for what was asked before it had to wait, in the way in which it asked then. */
    public TokenRequest collecting(@Nullable String formerTask, String formerDetails, boolean formerStandard) {
        return new TokenRequest(
                subject,
                actor,
                assertion,
                clientId,
                formerTask,
                formerDetails,
                List.of(),
                List.of(),
                null,
                formerStandard,
                issuedType,
                false,
                false,
                idempotencyKey);
    }

    private static <T> GrantStep<T> stop(String reason, String description) {
        return GrantStep.stop(Refusal.invalidRequest(reason, description));
    }

    private static @Nullable TokenType type(@Nullable String urn) {
        return urn == null ? null : TokenType.of(urn).orElse(null);
    }

    /** An empty parameter is an absent one (RFC 6749 §3.2). */
    private static @Nullable String one(Map<String, String[]> form, String name) {
        String[] values = form.get(name);
        return values == null || values.length == 0 || values[0].isEmpty() ? null : values[0];
    }

    private static List<String> all(Map<String, String[]> form, String name) {
        String[] values = form.get(name);
        return values == null
                ? List.of()
                : java.util.Arrays.stream(values)
                        .filter(v -> !v.isEmpty())
                        .distinct()
                        .toList();
    }

    @Override
    public String toString() {
        return "TokenRequest[***]";
    }
}
