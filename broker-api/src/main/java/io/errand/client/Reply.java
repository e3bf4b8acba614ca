package io.errand.client;

import io.errand.api.Json;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What a broker answered. */
record Reply(int status, HttpHeaders headers, String body) {

    private static final String PROBLEM = "urn:errand:problem:";
    private static final Duration SOON = Duration.ofSeconds(5);

    /** The body, if the status is one of these. */
    <T> T expect(Class<T> type, int... statuses) {
        for (int expected : statuses) {
            if (status == expected) {
                return read(type);
            }
        }
        throw refused();
    }

    Refused refused() {
        return new Refused(refusal(), decision());
    }

    private <T> T read(Class<T> type) {
        try {
            // A newer broker may say more than this client knows.
            return Json.mapper()
                    .readerFor(type)
                    .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .readValue(body);
        } catch (JacksonException e) {
            throw new Unanswered("What was answered is not what a broker answers: " + e.getOriginalMessage(), e);
        }
    }

    JsonNode json() {
        try {
            return body.isEmpty()
                    ? JsonNodeFactory.instance.objectNode()
                    : Json.mapper().readTree(body);
        } catch (JacksonException e) {
            return JsonNodeFactory.instance.objectNode();
        }
    }

    /** The same key is being answered right now: a 409 that says when to come again. */
    boolean isUnderWay() {
        return status == 409 && headers.firstValue("Retry-After").isPresent();
    }

    /** What was to be ended has ended: now, or before. */
    boolean isOver() {
        return status / 100 == 2 || status == 401 || status == 404 || status == 409;
    }

    Refusal refusal() {
        JsonNode said = json();
        String problem = said.path("type").asString("");
        String code = problem.startsWith(PROBLEM)
                ? problem.substring(PROBLEM.length())
                : said.path("error").asString("");
        String detail = said.path("error_description")
                .asString(said.path("detail").asString("The broker answered " + status + "."));
        if (said.path("fault").isString()) {
            detail += " (fault " + said.path("fault").asString() + ")";
        }
        Optional<String> decision = decision();
        if (status == 503 || status == 429 || code.equals("temporarily_unavailable")) {
            return new Refusal.Unavailable(detail, retryAfter());
        }
        return switch (code) {
            case "access_denied", "access-denied" -> new Refusal.Denied(detail, decision);
            case "invalid_target", "invalid_scope", "invalid_authorization_details" -> new Refusal.OutOfReach(detail);
            case "invalid_request", "invalid-request", "invalid-member" -> new Refusal.Invalid(detail);
            default ->
                switch (status) {
                    case 401 -> new Refusal.NotAuthenticated(detail);
                    case 403 -> new Refusal.Denied(detail, decision);
                    case 404, 409 -> new Refusal.NotThere(detail);
                    default -> new Refusal.Other(status, code, detail);
                };
        };
    }

    /** What to look for in the audit log. */
    private Optional<String> decision() {
        return Optional.ofNullable(json().path("decision_id").asString(null));
    }

    private Duration retryAfter() {
        return headers.firstValue("Retry-After")
                .filter(text -> text.matches("[0-9]{1,6}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .orElse(SOON);
    }
}
