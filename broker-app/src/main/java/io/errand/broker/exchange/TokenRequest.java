package io.errand.broker.exchange;

import io.errand.broker.identity.TokenType;
import io.errand.broker.shared.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a token exchange (RFC 8693 §2.1), their form checked and nothing believed.
 *
 * @param task the {@code task} parameter, unread JSON
 * @param authorizationDetails the parameter of that name (RFC 9396 §2), unread JSON
 * @param deferred whether the client can wait for a person ({@code completion_mode=deferred})
 * @param idempotencyKey the header of that name
 */
record TokenRequest(
        String subjectToken,
        TokenType subjectType,
        @Nullable String actorToken,
        @Nullable TokenType actorType,
        @Nullable String task,
        @Nullable String authorizationDetails,
        List<String> audiences,
        List<String> resources,
        @Nullable String scope,
        boolean deferred,
        @Nullable String idempotencyKey) {

    static final String DEFERRED_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:deferred";
    static final String GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";

    private static final Set<String> REPEATABLE = Set.of("audience", "resource");
    private static final Set<String> REQUESTED = Set.of(TokenType.ACCESS_TOKEN.urn(), TokenType.JWT.urn());
    private static final int MAX_IDEMPOTENCY_KEY = 255;

    static Step<TokenRequest> read(Map<String, String[]> form, @Nullable String idempotencyKey) {
        for (Map.Entry<String, String[]> parameter : form.entrySet()) {
            if (parameter.getValue().length > 1 && !REPEATABLE.contains(parameter.getKey())) {
                return stop("repeated_parameter", "A parameter is given twice; only audience and resource may be.");
            }
        }
        if (one(form, "client_assertion") != null || one(form, "client_assertion_type") != null) {
            return Step.stop(Refusal.invalidClient(
                    "client_assertion_unsupported",
                    "a client_assertion was presented; the metadata lists no such method"));
        }
        String requested = one(form, "requested_token_type");
        if (requested != null && !REQUESTED.contains(requested)) {
            return stop(
                    "requested_token_type",
                    "requested_token_type is "
                            + String.join(" or ", REQUESTED.stream().sorted().toList()) + ".");
        }
        String subject = one(form, "subject_token");
        TokenType subjectType = type(one(form, "subject_token_type"));
        if (subject == null || subjectType == null) {
            return stop(
                    "subject_token_missing",
                    "subject_token and subject_token_type are required; the type is one of the jwt, id_token and"
                            + " access_token URNs of RFC 8693 section 3.");
        }
        String actor = one(form, "actor_token");
        String actorTypeName = one(form, "actor_token_type");
        if ((actor == null) != (actorTypeName == null)) {
            return stop("actor_token_type", "actor_token and actor_token_type go together.");
        }
        TokenType actorType = type(actorTypeName);
        if (actorTypeName != null && actorType == null) {
            return stop("actor_token_type", "actor_token_type is not one of the jwt, id_token and access_token URNs.");
        }
        if (idempotencyKey != null && (idempotencyKey.isBlank() || idempotencyKey.length() > MAX_IDEMPOTENCY_KEY)) {
            return stop("idempotency_key", "Idempotency-Key has 1 to " + MAX_IDEMPOTENCY_KEY + " characters.");
        }
        String completion = one(form, "completion_mode");
        if (completion != null && !completion.equals("deferred")) {
            return stop("completion_mode", "completion_mode is deferred, or leave it out.");
        }
        return Step.pass(new TokenRequest(
                subject,
                subjectType,
                actor,
                actorType,
                one(form, "task"),
                one(form, "authorization_details"),
                all(form, "audience"),
                all(form, "resource"),
                one(form, "scope"),
                completion != null,
                idempotencyKey));
    }

    /** A poll with the deferred grant: the agent's own token is the subject, whichever parameter it came in. */
    static Step<TokenRequest> readPoll(Map<String, String[]> form, @Nullable String idempotencyKey) {
        Map<String, String[]> own = new HashMap<>(form);
        if (one(form, "actor_token") != null) {
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
    static Step<Secret> deferralCode(Map<String, String[]> form) {
        String code = one(form, "deferral_code");
        return code == null
                ? stop("deferral_code_missing", "deferral_code is required: the one of the first answer.")
                : Step.pass(new Secret(code));
    }

    /** The same client asking for what was asked before it had to wait. */
    TokenRequest collecting(@Nullable String formerTask, String formerDetails) {
        return new TokenRequest(
                subjectToken,
                subjectType,
                actorToken,
                actorType,
                formerTask,
                formerDetails,
                List.of(),
                List.of(),
                null,
                false,
                idempotencyKey);
    }

    private static <T> Step<T> stop(String reason, String description) {
        return Step.stop(Refusal.invalidRequest(reason, description));
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
