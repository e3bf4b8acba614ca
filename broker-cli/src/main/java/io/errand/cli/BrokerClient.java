package io.errand.cli;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.errand.api.Json;
import io.errand.api.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** The broker's admin API as commands use it. */
public final class BrokerClient {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final URI url;
    private final Supplier<String> token;
    private final HttpClient http;
    private final String due;

    /**
     * @param token made anew for each request
     * @param tls null: the JDK's own
     */
    public BrokerClient(URI url, Supplier<String> token, @Nullable SSLContext tls) {
        this(url, token, tls, "it must be an administrator's, unexpired, with the audience <issuer>/admin.");
    }

    /** @param due what the token must be, for whoever gave another */
    BrokerClient(URI url, Supplier<String> token, @Nullable SSLContext tls, String due) {
        this.due = due;
        this.url = url;
        this.token = token;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        if (tls != null) {
            builder.sslContext(tls);
        }
        this.http = builder.build();
    }

    /** A broker of another version may say more or less than this command knows. */
    private static final JsonMapper LENIENT = Json.mapper()
            .rebuild()
            .disable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .withConfigOverride(
                    List.class, lists -> lists.setNullHandling(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
            .build();

    /** @param body an empty object where the answer had none */
    public record Answer(int status, JsonNode body) {

        public boolean isSuccess() {
            return status / 100 == 2;
        }

        /** This one, if the broker did what it was asked; otherwise the command ends with its refusal. */
        public Answer orFail() {
            if (!isSuccess()) {
                throw new CommandFailed(refusal());
            }
            return this;
        }

        /** What it says, where the broker did what it was asked. */
        public <T> T as(Class<T> type) {
            return as(LENIENT.constructType(type));
        }

        /** The same of a page of a list. */
        public <T> Page<T> page(Class<T> item) {
            return as(LENIENT.getTypeFactory().constructParametricType(Page.class, item));
        }

        private <T> T as(JavaType type) {
            try {
                return LENIENT.treeToValue(orFail().body, type);
            } catch (JacksonException e) {
                throw new CommandFailed(
                        "The broker's answer is none that this command knows: use the errand of the broker's version.",
                        e);
            }
        }

        /**
         * What the broker says is wrong: the problem's detail (RFC 9457), else its title, else the status. Behind it stands what
         * to look for: the decision on the audit log, or the fault in the service's own log.
         */
        public String refusal() {
            String detail = body.path("detail").asString("");
            String title = body.path("title").asString("");
            return (!detail.isEmpty() ? detail : "The broker answered " + (status + " " + title).strip() + ".")
                    + named("decision", "decision_id")
                    + named("fault", "fault");
        }

        private String named(String word, String member) {
            String id = body.path(member).asString("");
            return id.isEmpty() ? "" : " (" + word + " " + id + ")";
        }
    }

    /** One segment of a path, or one value of a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    public Answer get(String path) {
        return send(HttpRequest.newBuilder().GET(), path);
    }

    public Answer put(String path, Object body) {
        return send("PUT", path, body);
    }

    public Answer post(String path, Object body) {
        return send("POST", path, body);
    }

    public Answer delete(String path) {
        return send(HttpRequest.newBuilder().DELETE(), path);
    }

    private Answer send(String method, String path, Object body) {
        return send(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                HttpRequest.BodyPublishers.ofString(
                                        Json.mapper().writeValueAsString(body))),
                path);
    }

    /** Copies what the broker answers, however long it is; a refusal ends the command. */
    public void download(String path, OutputStream to) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Authorization", "Bearer " + token.get())
                .build();
        try {
            HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() / 100 != 2) {
                    checked(new Answer(response.statusCode(), json(body.readAllBytes())))
                            .orFail();
                }
                body.transferTo(to);
            }
        } catch (ConnectException e) {
            throw unreachable(e);
        } catch (SSLHandshakeException e) {
            throw new CommandFailed(Authorities.refusal(url.toString(), e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("Interrupted.", e);
        }
    }

    private CommandFailed unreachable(ConnectException e) {
        return new CommandFailed(
                "No broker answers at " + url + ": start it with `errand serve`, or check the address.", e);
    }

    private Answer send(HttpRequest.Builder request, String path) {
        try {
            HttpResponse<byte[]> response = http.send(
                    request.uri(URI.create(url + path))
                            .timeout(ANSWER)
                            .header("Authorization", "Bearer " + token.get())
                            .header("Accept", "application/json, application/problem+json")
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            return checked(new Answer(response.statusCode(), json(response.body())));
        } catch (ConnectException e) {
            throw unreachable(e);
        } catch (SSLHandshakeException e) {
            throw new CommandFailed(Authorities.refusal(url.toString(), e), e);
        } catch (IOException e) {
            throw new CommandFailed("The broker at " + url + " broke off the conversation: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("Interrupted.", e);
        }
    }

    private Answer checked(Answer answer) {
        if (answer.status() == 401) {
            throw new CommandFailed("The broker at " + url + " does not accept this token: " + due);
        }
        if (answer.status() == 403) {
            throw new CommandFailed(
                    answer.body().path("detail").isString()
                            ? answer.refusal()
                            : "The broker at " + url
                                    + " refuses this, and does not say why; ask whether this token's roles"
                                    + " allow it.");
        }
        return answer;
    }

    private JsonNode json(byte[] body) {
        if (body.length == 0) {
            return JsonNodeFactory.instance.objectNode();
        }
        try {
            return Json.mapper().readTree(body);
        } catch (JacksonException e) {
            String start = new String(body, 0, Math.min(body.length, 80), StandardCharsets.UTF_8);
            throw new CommandFailed("What answers at " + url + " is no broker; it says: " + start, e);
        }
    }
}
