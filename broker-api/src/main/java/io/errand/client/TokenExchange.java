package io.errand.client;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.api.TokenResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** {@code POST /oauth2/token} (RFC 8693). */
final class TokenExchange {

    private static final String GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String JWT = "urn:ietf:params:oauth:token-type:jwt";
    private static final String ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

    private final Transport transport;
    private final Supplier<String> workloadToken;

    TokenExchange(Transport transport, Supplier<String> workloadToken) {
        this.transport = transport;
        this.workloadToken = workloadToken;
    }

    TokenResponse begin(TaskRequest request) {
        return begin(request, new LinkedHashMap<>()).expect(TokenResponse.class, 200);
    }

    /** The answer may be that a person must decide first. */
    Reply beginDeferred(TaskRequest request) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("completion_mode", "deferred");
        return begin(request, form);
    }

    /** Asks once more for what a person was to decide. */
    Reply collect(String deferralCode) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("deferral_code", deferralCode);
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:deferred");
        return exchange(form, "actor");
    }

    private Reply begin(TaskRequest request, Map<String, String> form) {
        form.put("task", Json.mapper().writeValueAsString(request.declaration()));
        if (!request.access().isEmpty()) {
            form.put("authorization_details", Json.mapper().writeValueAsString(request.access()));
        }
        String person = request.onBehalfOf();
        return person == null ? exchange(form, "subject") : exchange(form, person, ID_TOKEN);
    }

    /** More for the task whose token this is, within what it began with. */
    TokenResponse more(String taskToken, AuthorizationDetail access) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("authorization_details", Json.mapper().writeValueAsString(List.of(access)));
        return exchange(form, taskToken, ACCESS_TOKEN).expect(TokenResponse.class, 200);
    }

    private Reply exchange(Map<String, String> form, String subject, String type) {
        form.put("subject_token", subject);
        form.put("subject_token_type", type);
        return exchange(form, "actor");
    }

    /** @param role whether the workload's own token is the subject or the actor */
    private Reply exchange(Map<String, String> form, String role) {
        form.putIfAbsent("grant_type", GRANT);
        form.put(role + "_token_type", JWT);
        String key = UUID.randomUUID().toString();
        // Built for each try: a workload's token may have been replaced since.
        return transport.untilAnswered(() -> {
            form.put(role + "_token", workloadToken.get());
            return transport
                    .post("/oauth2/token", "application/x-www-form-urlencoded", encoded(form))
                    .header("Idempotency-Key", key);
        });
    }

    private static byte[] encoded(Map<String, String> form) {
        return form.entrySet().stream()
                .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"))
                .getBytes(StandardCharsets.US_ASCII);
    }
}
