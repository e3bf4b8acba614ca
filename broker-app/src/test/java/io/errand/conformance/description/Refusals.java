package io.errand.conformance.description;

import io.errand.conformance.description.Operations.Address;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What an address refuses by its kind, each as a problem (RFC 9457). */
final class Refusals {

    private static final Map<Integer, String> MEANINGS = Map.ofEntries(
            Map.entry(400, "The request is not as described; nothing was done."),
            Map.entry(401, "No token, or one that is not accepted."),
            Map.entry(403, "The token is good, and does not allow this."),
            Map.entry(404, "There is no such thing for this caller."),
            Map.entry(406, "The answer is JSON; accept application/json."),
            Map.entry(409, "It cannot be done as things stand; nothing was done."),
            Map.entry(412, "If-Match is not the version that stands."),
            Map.entry(413, "The body is larger than its limit."),
            Map.entry(415, "The body is no application/json in UTF-8."),
            Map.entry(422, "The policy does not parse, or names what the schema has not: line and column are said."),
            Map.entry(429, "There are too many already: try again after Retry-After seconds."),
            Map.entry(503, "The database, or a target, does not answer: try again after Retry-After seconds."));

    private Refusals() {}

    static Map<String, ApiResponse> of(Address address, boolean reads, int[] more) {
        TreeSet<Integer> statuses = new TreeSet<>(List.of(400, 406, 503));
        boolean writes = !address.method().equals("GET");
        if (!address.security().isEmpty()) {
            statuses.add(401);
        }
        if (address.isOfAdministrators()) {
            statuses.add(403);
        }
        if (address.path().contains("{") && !address.method().equals("PUT")) {
            statuses.add(404);
        }
        if (writes) {
            statuses.addAll(List.of(409, 413));
        }
        if (reads) {
            statuses.add(415);
        }
        if (writes && address.path().endsWith("/{name}")) {
            statuses.add(412);
            if (address.path().contains("/policies/") && reads) {
                statuses.add(422);
            }
        }
        for (int status : more) {
            statuses.add(status);
        }
        Map<String, ApiResponse> answers = new TreeMap<>();
        statuses.forEach(status -> answers.put(
                Integer.toString(status), new ApiResponse().$ref("#/components/responses/Refused" + status)));
        return answers;
    }

    static void define(Components components) {
        components.addSchemas("Problem", schema());
        MEANINGS.keySet().forEach(status -> components.addResponses("Refused" + status, problem(status)));
    }

    private static ApiResponse problem(int status) {
        ApiResponse answer = content(
                MEANINGS.getOrDefault(status, "Refused."),
                "application/problem+json",
                new JsonSchema().$ref("#/components/schemas/Problem"));
        if (status == 401) {
            answer.addHeaderObject("WWW-Authenticate", header("RFC 6750 section 3.", true));
        }
        if (status == 503 || status == 429) {
            answer.addHeaderObject("Retry-After", header("Seconds.", true));
        }
        return answer;
    }

    static ApiResponse json(String description, Schema<?> schema) {
        return content(description, "application/json", schema);
    }

    static ApiResponse versioned(String description, Schema<?> schema) {
        ApiResponse answer = json(description, schema);
        answer.addHeaderObject("ETag", header("The version, for If-Match.", true));
        return answer;
    }

    private static Header header(String description, boolean required) {
        return new Header().description(description).required(required).schema(new JsonSchema().typesItem("string"));
    }

    private static ApiResponse content(String description, String type, Schema<?> schema) {
        return new ApiResponse()
                .description(description)
                .content(new Content().addMediaType(type, new MediaType().schema(schema)));
    }

    private static Schema<?> schema() {
        Map<String, Schema<?>> members = new LinkedHashMap<>();
        members.put("type", Shapes.text("uri", "urn:errand:problem:invalid-request"));
        members.put("title", Shapes.text("title", "Bad Request").format(null));
        members.put("status", new JsonSchema().typesItem("integer"));
        members.put(
                "detail",
                Shapes.text("sentence", "One sentence that says what to do.").format(null));
        members.put("instance", Shapes.text("uri-reference", "/admin/v1/tools/orders-db"));
        Schema<?> schema = Shapes.open(members);
        schema.setDescription("RFC 9457, with further members by type: member, line, column, decision_id.");
        schema.setRequired(List.of("type", "status", "detail"));
        return schema;
    }
}
