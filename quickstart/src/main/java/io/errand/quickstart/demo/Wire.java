package io.errand.quickstart.demo;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** What an agent sends: HTTP as any client would, and the curl line that does the same. */
final class Wire {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final String url;
    private final HttpClient http = HttpClient.newHttpClient();

    Wire(String url) {
        this.url = url;
    }

    /** @param body what was answered, as JSON */
    record Answer(int status, JsonNode body) {

        @Override
        public String toString() {
            return status + " " + Masked.json(body).replaceAll("\\s+", " ");
        }
    }

    /** A token request, and how it looks in a shell. */
    record Exchange(Map<String, String> form, String curl) {}

    Exchange exchange(String workloadToken, Map<String, Object> task, List<AuthorizationDetail> details) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
        form.put("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
        form.put("subject_token", workloadToken);
        form.put("task", Json.mapper().writeValueAsString(task));
        form.put("authorization_details", Json.mapper().writeValueAsString(details));
        return shown(form);
    }

    Exchange takeUp(String delegationToken, String workloadToken, List<AuthorizationDetail> details) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
        form.put("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
        form.put("subject_token", delegationToken);
        form.put("actor_token_type", "urn:ietf:params:oauth:token-type:jwt");
        form.put("actor_token", workloadToken);
        form.put("authorization_details", Json.mapper().writeValueAsString(details));
        return shown(form);
    }

    private Exchange shown(Map<String, String> form) {
        StringBuilder curl = new StringBuilder("curl -s " + url + "/oauth2/token");
        form.forEach((name, value) -> curl.append(" \\\n  ").append(parameter(name, value)));
        return new Exchange(form, curl.toString());
    }

    private static String parameter(String name, String value) {
        if (name.equals("subject_token") || name.equals("actor_token")) {
            return "-d " + name + "=" + Masked.token(value);
        }
        return value.contains("{") ? "--data-urlencode '" + name + "=" + value + "'" : "-d " + name + "=" + value;
    }

    Answer send(Exchange exchange) throws IOException, InterruptedException {
        String body = exchange.form().entrySet().stream()
                .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return send(HttpRequest.newBuilder(URI.create(url + "/oauth2/token"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body)));
    }

    /** Hands part of a task to another agent. */
    Answer delegate(String task, String taskToken, Map<String, Object> asked) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + "/v1/tasks/" + task + "/delegations"))
                .header("Authorization", "Bearer " + taskToken)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(Json.mapper().writeValueAsBytes(asked))));
    }

    String delegateCurl(String task, String taskToken, Map<String, Object> asked) {
        return "curl -s " + url + "/v1/tasks/" + task + "/delegations \\\n"
                + "  -H 'Authorization: Bearer " + Masked.token(taskToken) + "' \\\n"
                + "  --json '" + Json.mapper().writeValueAsString(asked) + "'";
    }

    /** Ends a task and waits until its credentials are seen to be gone. */
    Answer complete(String task, String taskToken, Map<String, Object> report)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + "/v1/tasks/" + task + "/complete"))
                .header("Authorization", "Bearer " + taskToken)
                .header("Content-Type", "application/json")
                .header("Prefer", "wait=10")
                .POST(BodyPublishers.ofByteArray(Json.mapper().writeValueAsBytes(report))));
    }

    String completeCurl(String task, String taskToken, Map<String, Object> report) {
        return "curl -s " + url + "/v1/tasks/" + task + "/complete -H 'Prefer: wait=10' \\\n"
                + "  -H 'Authorization: Bearer " + Masked.token(taskToken) + "' \\\n"
                + "  --json '" + Json.mapper().writeValueAsString(report) + "'";
    }

    /** Asks whether an action may be done now (AuthZEN). */
    Answer evaluate(String taskToken, Map<String, Object> request) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + "/access/v1/evaluation"))
                .header("Authorization", "Bearer " + taskToken)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(Json.mapper().writeValueAsBytes(request))));
    }

    String evaluationCurl(String taskToken, Map<String, Object> request) {
        return "curl -s " + url + "/access/v1/evaluation \\\n"
                + "  -H 'Authorization: Bearer " + Masked.token(taskToken) + "' \\\n"
                + "  --json '" + Json.mapper().writeValueAsString(request) + "'";
    }

    /** The broker's public keys (RFC 7517). */
    String keys() throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + "/oauth2/jwks")).GET())
                .body()
                .toString();
    }

    private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response =
                http.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofByteArray());
        byte[] body = response.body().length == 0 ? new byte[] {'{', '}'} : response.body();
        return new Answer(response.statusCode(), Json.mapper().readTree(body));
    }
}
