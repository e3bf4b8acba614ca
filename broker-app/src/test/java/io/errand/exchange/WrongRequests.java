package io.errand.exchange;

import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Good requests of an agent for a tool, each with one thing wrong.
 *
 * @param agent may read the tool and {@code <tool>-secret}, which policy forbids; {@code <tool>-far} is outside its ceiling
 */
record WrongRequests(String agent, String tool) {

    private static final String PERSON = "ann";

    /** One way of asking wrongly. */
    record Case(
            String name,
            Consumer<Map<String, String>> change,
            int status,
            String error,
            @Nullable String reason) {}

    List<Case> all() {
        List<Case> cases = new ArrayList<>();
        String request = "invalid_request";
        String details = "invalid_authorization_details";
        // The request's own form.
        cases.add(set("unknown grant", "grant_type", "password", "unsupported_grant_type", "unsupported_grant_type"));
        cases.add(set("no grant", "grant_type", "<absent>", request, "grant_type"));
        cases.add(set("no subject", "subject_token", "<absent>", request, "subject_token_missing"));
        cases.add(set("no subject type", "subject_token_type", "<absent>", request, "subject_token_missing"));
        cases.add(set("unknown subject type", "subject_token_type", "urn:x:saml2", request, "subject_token_missing"));
        cases.add(set("actor without its type", "actor_token", "x", request, "actor_token_type"));
        cases.add(set("type without its actor", "actor_token_type", Scene.JWT, request, "actor_token_type"));
        cases.add(set(
                "unknown requested type",
                "requested_token_type",
                "urn:x:refresh_token",
                request,
                "requested_token_type"));
        cases.add(new Case(
                "client secret in a client_assertion",
                form -> form.put("client_assertion", "x"),
                401,
                "invalid_client",
                "client_assertion_unsupported"));
        // Whose token.
        cases.add(set(
                "no agent of that identity",
                "subject_token",
                Surroundings.WORKLOADS.token("nobody"),
                request,
                "no_agent"));
        cases.add(set(
                "an administrator's token",
                "subject_token",
                Surroundings.PEOPLE.token("root", c -> c.audience(BrokerTest.ISSUER + "/admin")),
                request,
                null));
        cases.add(set("a person's token alone", "subject_token", Surroundings.PEOPLE.token(PERSON), request, null));
        cases.add(set(
                "act without an actor",
                "subject_token",
                workload(c -> c.claim("act", Map.of("sub", "x"))),
                request,
                "actor_not_shown"));
        cases.add(set(
                "may_act for somebody else",
                "subject_token",
                workload(c -> c.claim("may_act", Map.of("sub", "x"))),
                request,
                "may_act_mismatch"));
        cases.add(new Case(
                "another workload's token as subject",
                form -> {
                    form.put("actor_token", form.get("subject_token"));
                    form.put("actor_token_type", Scene.JWT);
                    form.put("subject_token", Surroundings.WORKLOADS.token("nobody"));
                },
                400,
                request,
                "impersonation"));
        // What work.
        for (String task : List.of(
                "nonsense",
                "[]",
                "\"x\"",
                "{\"type\":\"triage\",\"ttl\":5}",
                "{\"ttl\":\"P1M\"}",
                "{\"ttl\":\"soon\"}",
                "{\"type\":\"triage\",\"extra\":1}",
                "{\"type\":\"triage\",\"type\":\"triage\"}",
                "{\"purpose\":\"\\u0000\"}",
                "{\"purpose\":\"\\ud800\"}",
                "{\"context\":{\"\\u0000\":1}}",
                "{\"context\":{\"\\ud800\":1}}",
                "{\"context\":" + "[".repeat(40) + "]".repeat(40) + "}")) {
            cases.add(
                    set("task " + (task.length() > 30 ? "too deep" : task), "task", task, request, "task_unreadable"));
        }
        for (String ttl : List.of("PT0S", "-PT5M", "P365D", "PT0.5S")) {
            cases.add(set("ttl " + ttl, "task", "{\"ttl\":\"" + ttl + "\"}", request, "task_ttl"));
        }
        cases.add(set("task type of nobody", "task", "{\"type\":\"other\"}", request, "task_type_unknown"));
        cases.add(
                set("purpose too long", "task", "{\"purpose\":\"" + "x".repeat(4097) + "\"}", request, "task_purpose"));
        cases.add(set(
                "purpose with a control character", "task", "{\"purpose\":\"a\\u0007b\"}", request, "task_purpose"));
        cases.add(set(
                "digest in upper case",
                "task",
                "{\"prompt_sha256\":\"" + "A".repeat(64) + "\"}",
                request,
                "task_digest"));
        cases.add(set(
                "fingerprint differs",
                "task",
                "{\"fingerprint\":{\"model\":\"m-2\"}}",
                "access_denied",
                "fingerprint_changed"));
        // Which tools.
        for (String json : List.of(
                "nonsense",
                "{}",
                "[{\"type\":\"tool_access\",\"identifier\":\"a\",\"actions\":[\"read\"],\"extra\":1}]")) {
            cases.add(set("details " + json, "authorization_details", json, details, "details_unreadable"));
        }
        cases.add(set("no details in the array", "authorization_details", "[]", details, "details_count"));
        cases.add(set(
                "a hundred details",
                "authorization_details",
                "[" + String.join(",", Collections.nCopies(100, detail(tool, "read"))) + "]",
                details,
                "details_count"));
        cases.add(set(
                "unknown type of details",
                "authorization_details",
                detail(tool, "read").replace("tool_access", "account"),
                details,
                "details_unreadable"));
        cases.add(set(
                "unknown type of details in an array",
                "authorization_details",
                "[" + detail(tool, "read").replace("tool_access", "account") + "]",
                details,
                "details_type"));
        cases.add(set(
                "the same tool twice",
                "authorization_details",
                "[" + detail(tool, "read") + "," + detail(tool, "read") + "]",
                details,
                "details_identifier"));
        cases.add(set(
                "no action",
                "authorization_details",
                "[" + detail(tool, "read").replace("\"read\"", "") + "]",
                details,
                "details_actions"));
        cases.add(set(
                "the same action twice",
                "authorization_details",
                "[" + detail(tool, "read").replace("\"read\"", "\"read\",\"read\"") + "]",
                details,
                "details_actions"));
        cases.add(set(
                "an action outside the ceiling",
                "authorization_details",
                "[" + detail(tool, "write") + "]",
                details,
                "action_outside_ceiling"));
        cases.add(set(
                "an action that the tool has not",
                "authorization_details",
                "[" + detail(tool, "dance") + "]",
                details,
                "action_outside_ceiling"));
        cases.add(set(
                "a tool that is not there",
                "authorization_details",
                "[" + detail("no-such-tool", "read") + "]",
                "invalid_target",
                "tool_unknown"));
        cases.add(set(
                "a tool outside the ceiling",
                "authorization_details",
                "[" + detail(tool + "-far", "read") + "]",
                "invalid_target",
                "tool_outside_ceiling"));
        cases.add(set(
                "a tool name to break things",
                "authorization_details",
                "[" + detail("../' OR 1=1", "read") + "]",
                "invalid_target",
                "tool_unknown"));
        cases.add(set(
                "a data type of no tool",
                "authorization_details",
                "[" + detail(tool, "read").replace("}", ",\"datatypes\":[\"x\"]}") + "]",
                details,
                "part_unknown"));
        cases.add(set(
                "a location of no tool",
                "authorization_details",
                "[" + detail(tool, "read").replace("}", ",\"locations\":[\"https://x.example\"]}") + "]",
                details,
                "part_unknown"));
        cases.add(set("details and scope", "scope", tool + ":read", request, "access_named_twice"));
        cases.add(instead(
                "scope outside the ceiling", "scope", tool + ":write", "invalid_scope", "action_outside_ceiling"));
        cases.add(instead("scope without a colon", "scope", "read", "invalid_scope", "scope_form"));
        cases.add(instead(
                "scope with two spaces", "scope", tool + ":read  " + tool + ":read", "invalid_scope", "scope_form"));
        cases.add(instead("audience unknown", "audience", "no-such-tool", "invalid_target", "tool_unknown"));
        cases.add(instead("resource unknown", "resource", "https://unknown.example", "invalid_target", "tool_unknown"));
        cases.add(instead(
                "resource of another deployment",
                "resource",
                BrokerTest.ISSUER + ".evil/tools/" + tool,
                "invalid_target",
                "tool_unknown"));
        // What policy says.
        cases.add(set(
                "policy forbids",
                "authorization_details",
                "[" + detail(tool + "-secret", "read") + "]",
                "access_denied",
                "policy_forbidden"));
        return cases;
    }

    private static Case set(String name, String parameter, String value, String error, @Nullable String reason) {
        return new Case(name, form -> form.put(parameter, value), 400, error, reason);
    }

    private static Case instead(String name, String parameter, String value, String error, String reason) {
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

    private String workload(Consumer<JWTClaimsSet.Builder> shape) {
        return Surroundings.WORKLOADS.token(agent, shape);
    }

    static String detail(String tool, String action) {
        return "{\"type\":\"tool_access\",\"identifier\":\"" + tool + "\",\"actions\":[\"" + action + "\"]}";
    }
}
