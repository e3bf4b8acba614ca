package io.errand.exchange;

import io.errand.exchange.WrongRequests.Case;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Further good requests with one thing wrong: spellings that a lenient reader takes for something else. */
record OddRequests(String agent, String tool) {

    List<Case> all() {
        List<Case> all = new ArrayList<>();
        all.addAll(forms());
        all.addAll(tokens());
        all.addAll(tasks());
        all.addAll(details());
        all.addAll(shorthands());
        return all;
    }

    private static List<Case> forms() {
        String unknown = "unsupported_grant_type";
        return List.of(
                set("grant type with white space", "grant_type", Scene.GRANT + " ", unknown, unknown),
                set("grant type in another case", "grant_type", Scene.GRANT.toUpperCase(Locale.ROOT), unknown, unknown),
                set(
                        "grant type of another exchange",
                        "grant_type",
                        "urn:ietf:params:oauth:grant-type:saml2-bearer",
                        unknown,
                        null),
                set("a person's code", "grant_type", "authorization_code", unknown, unknown),
                set("a refresh token", "grant_type", "refresh_token", unknown, unknown),
                request(
                        "a refresh token is asked for",
                        "requested_token_type",
                        "urn:ietf:params:oauth:token-type:refresh_token",
                        "requested_token_type"),
                request(
                        "an ID token is asked for",
                        "requested_token_type",
                        "urn:ietf:params:oauth:token-type:id_token",
                        "requested_token_type"),
                request(
                        "subject type of refresh tokens",
                        "subject_token_type",
                        "urn:ietf:params:oauth:token-type:refresh_token",
                        "subject_token_missing"),
                request(
                        "subject type of SAML",
                        "subject_token_type",
                        "urn:ietf:params:oauth:token-type:saml2",
                        "subject_token_missing"),
                request("subject type in short", "subject_token_type", "jwt", "subject_token_missing"),
                request(
                        "subject type in another case",
                        "subject_token_type",
                        Scene.JWT.toUpperCase(Locale.ROOT),
                        "subject_token_missing"));
    }

    private List<Case> tokens() {
        return List.of(
                request(
                        "an access token that is called an ID token",
                        "subject_token",
                        workload("scope", "read"),
                        "subject_token_type",
                        "urn:ietf:params:oauth:token-type:id_token",
                        "type_mismatch"),
                request(
                        "an ID token that is called an access token",
                        "subject_token",
                        workload("at_hash", "x"),
                        "subject_token_type",
                        Scene.ACCESS_TOKEN,
                        "type_mismatch"),
                request(
                        "sub with white space at its end",
                        "subject_token",
                        Surroundings.WORKLOADS.token(agent + " "),
                        "no_agent"),
                request(
                        "sub in another case",
                        "subject_token",
                        Surroundings.WORKLOADS.token(agent.toUpperCase(Locale.ROOT)),
                        "no_agent"),
                request(
                        "sub with a letter that only looks alike",
                        "subject_token",
                        Surroundings.WORKLOADS.token(agent.replace('a', '\u0430')),
                        "no_agent"),
                request(
                        "sub with a zero-width space",
                        "subject_token",
                        Surroundings.WORKLOADS.token(agent + "\u200B"),
                        "no_agent"),
                request("sub that is a pattern", "subject_token", Surroundings.WORKLOADS.token("%"), "no_agent"),
                request("may_act that is text", "subject_token", workload("may_act", agent), "may_act_mismatch"),
                request(
                        "may_act of the same name at another issuer",
                        "subject_token",
                        workload("may_act", Map.of("sub", agent, "iss", "https://other.example")),
                        "may_act_mismatch"),
                request("may_act of nobody", "subject_token", workload("may_act", Map.of()), "may_act_mismatch"),
                request("act that is empty", "subject_token", workload("act", Map.of()), "actor_not_shown"),
                request(
                        "the person's token as actor",
                        "actor_token",
                        Surroundings.PEOPLE.token("ann"),
                        "actor_token_type",
                        Scene.JWT,
                        "issuer_purpose"));
    }

    private static List<Case> tasks() {
        String unreadable = "task_unreadable";
        return List.of(
                request("task with a document after it", "task", "{\"type\":\"triage\"} {}", unreadable),
                request("task with a byte order mark", "task", "\uFEFF{\"type\":\"triage\"}", unreadable),
                request("task with a comment", "task", "{\"type\":\"triage\"/**/}", unreadable),
                request(
                        "task's members twice, once in escapes",
                        "task",
                        "{\"type\":\"triage\",\"\\u0074ype\":\"other\"}",
                        unreadable),
                request("task's type a number", "task", "{\"type\":1}", unreadable),
                request("task's ttl in lower case and with a space", "task", "{\"ttl\":\"PT 5M\"}", unreadable),
                request("task's ttl of years", "task", "{\"ttl\":\"PT2562047788015215H30M7S\"}", "task_ttl"),
                request("task's ttl beyond all numbers", "task", "{\"ttl\":\"PT99999999999999999999H\"}", unreadable),
                request("task's type in another case", "task", "{\"type\":\"Triage\"}", "task_type_unknown"),
                request("task's purpose of white space", "task", "{\"purpose\":\"  \"}", "task_purpose"),
                request("task's purpose with a line feed", "task", "{\"purpose\":\"a\\nb\"}", "task_purpose"),
                request("task's purpose with a C1 control", "task", "{\"purpose\":\"a\\u0085b\"}", "task_purpose"),
                request(
                        "task's purpose of 1,366 three-byte letters",
                        "task",
                        "{\"purpose\":\"" + "\u20AC".repeat(1_366) + "\"}",
                        "task_purpose"),
                request(
                        "task's digest a character short",
                        "task",
                        "{\"prompt_sha256\":\"" + "a".repeat(63) + "\"}",
                        "task_digest"));
    }

    private List<Case> details() {
        String unreadable = "details_unreadable";
        String good = WrongRequests.detail(tool, "read");
        return List.of(
                detail("null", "null", null),
                detail("an array of null", "[null]", null),
                detail("an array in an array", "[[" + good + "]]", unreadable),
                detail(
                        "identifier a list",
                        "[" + good.replace("\"" + tool + "\"", "[\"" + tool + "\"]") + "]",
                        unreadable),
                detail("actions as text", "[" + good.replace("[\"read\"]", "\"read\"") + "]", unreadable),
                detail("actions null", "[" + good.replace("[\"read\"]", "null") + "]", null),
                detail("action null", "[" + good.replace("\"read\"", "null") + "]", null),
                detail(
                        "action in another case",
                        "[" + WrongRequests.detail(tool, "Read") + "]",
                        "action_outside_ceiling"),
                detail(
                        "action that is a pattern",
                        "[" + WrongRequests.detail(tool, "*") + "]",
                        "action_outside_ceiling"),
                detail("type in another case", "[" + good.replace("tool_access", "Tool_Access") + "]", "details_type"),
                detail("no type", "[" + good.replace("\"type\":\"tool_access\",", "") + "]", null),
                detail("no identifier", "[{\"type\":\"tool_access\",\"actions\":[\"read\"]}]", null),
                detail("identifier twice", "[" + good.replace("{", "{\"identifier\":\"x\",") + "]", unreadable),
                detail("a thousand", "[" + String.join(",", Collections.nCopies(400, good)) + "]", "details_count"),
                new Case(
                        "identifier in another case",
                        form -> form.put(
                                "authorization_details",
                                "[" + WrongRequests.detail(tool.toUpperCase(Locale.ROOT), "read") + "]"),
                        400,
                        "invalid_target",
                        "tool_unknown"));
    }

    private List<Case> shorthands() {
        String scope = "invalid_scope";
        return List.of(
                instead("scope with a tab", "scope", tool + ":read\t" + tool + ":write", scope, null),
                instead("scope with no action", "scope", tool + ":", scope, null),
                instead("scope with no tool", "scope", ":read", scope, null),
                instead("scope of openid", "scope", "openid offline_access", scope, "scope_form"),
                instead(
                        "scope of a thousand",
                        "scope",
                        IntStream.range(0, 1_000).mapToObj(i -> tool + ":a" + i).collect(Collectors.joining(" ")),
                        scope,
                        null),
                instead(
                        "resource with a fragment (RFC 8707 section 2)",
                        "resource",
                        "https://" + tool + ".example#x",
                        "invalid_target",
                        "tool_unknown"),
                instead(
                        "resource with a path behind it",
                        "resource",
                        "https://" + tool + ".example/../x",
                        "invalid_target",
                        "tool_unknown"),
                instead("resource that is relative", "resource", "/tools/" + tool, "invalid_target", "tool_unknown"),
                instead(
                        "resource of another scheme",
                        "resource",
                        "http://" + tool + ".example",
                        "invalid_target",
                        "tool_unknown"),
                instead(
                        "resource with a user",
                        "resource",
                        "https://me@" + tool + ".example",
                        "invalid_target",
                        "tool_unknown"),
                instead("audience with white space", "audience", tool + " ", "invalid_target", "tool_unknown"));
    }

    private String workload(String claim, Object value) {
        return Surroundings.WORKLOADS.token(agent, claims -> claims.claim(claim, value));
    }

    private static Case set(String name, String parameter, String value, String error, @Nullable String reason) {
        return new Case(name, form -> form.put(parameter, value), 400, error, reason);
    }

    private static Case request(String name, String parameter, String value, @Nullable String reason) {
        return set(name, parameter, value, "invalid_request", reason);
    }

    private static Case request(
            String name, String parameter, String value, String second, String itsValue, @Nullable String reason) {
        return new Case(
                name,
                form -> {
                    form.put(parameter, value);
                    form.put(second, itsValue);
                },
                400,
                "invalid_request",
                reason);
    }

    private static Case detail(String name, String value, @Nullable String reason) {
        return set("details: " + name, "authorization_details", value, "invalid_authorization_details", reason);
    }

    private static Case instead(String name, String parameter, String value, String error, @Nullable String reason) {
        return new Case(
                name,
                form -> {
                    form.remove("authorization_details");
                    form.put(parameter, value);
                },
                400,
                error,
                reason);
    }
}
