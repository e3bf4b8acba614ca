package io.errand.broker.policy;

import io.errand.api.Json;
import io.errand.broker.shared.Secret;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One external decision point (AuthZEN 1.0, Access Evaluation API). Only 200 with JSON whose {@code decision} is the boolean true is
 * a yes; only the boolean false is its no; everything else is no answer, and after a few of those it is left alone for a while.
 */
final class DecisionPoint {

    private static final Logger LOG = LoggerFactory.getLogger(DecisionPoint.class);

    private static final long MAX_ANSWER = 64 * 1024;
    private static final int FAILURES = 5;
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String name;
    private final DecisionPointProperties.Point settings;
    private final HttpClient http;

    // Guarded by this.
    private int failures;
    private long restsUntil;

    enum Answer {
        YES,
        NO,
        /** Nobody knows: a denial (P5). */
        NONE
    }

    DecisionPoint(String name, DecisionPointProperties.Point settings, HttpClient http) {
        this.name = name;
        this.settings = settings;
        this.http = http;
    }

    Answer ask(Question question) {
        if (!mayAsk()) {
            return Answer.NONE;
        }
        Answer answer = send(question);
        settle(answer != Answer.NONE);
        return answer;
    }

    private Answer send(Question question) {
        CompletableFuture<HttpResponse<byte[]>> sent;
        try {
            sent = http.sendAsync(request(question), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER));
        } catch (UncheckedIOException | IllegalArgumentException e) {
            LOG.error("Decision point {} cannot be asked: {}", name, e.toString());
            return Answer.NONE;
        }
        try {
            // Over all of it: the client's own timeout ends where the body begins.
            return read(sent.get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            sent.cancel(true);
            return none("no answer within " + settings.timeout());
        } catch (ExecutionException e) {
            return none(String.valueOf(e.getCause()));
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            return Answer.NONE;
        }
    }

    private HttpRequest request(Question question) {
        HttpRequest.Builder request = HttpRequest.newBuilder(settings.address())
                .timeout(settings.timeout())
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        Json.mapper().writeValueAsString(AuthZen.evaluation(question))));
        Optional<Secret> bearer = settings.bearer();
        bearer.ifPresent(token -> request.header("Authorization", "Bearer " + token.reveal()));
        return request.build();
    }

    private Answer read(HttpResponse<byte[]> response) {
        if (response.statusCode() != 200) {
            return none("status " + response.statusCode());
        }
        String type = response.headers().firstValue("Content-Type").orElse("");
        if (!type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            return none("the answer is no application/json");
        }
        @Nullable JsonNode decision;
        try {
            decision = Json.mapper().readTree(response.body()).get("decision");
        } catch (JacksonException e) {
            return none("the answer cannot be read");
        }
        if (decision == null || !decision.isBoolean()) {
            return none("decision is no boolean");
        }
        return decision.asBoolean() ? Answer.YES : Answer.NO;
    }

    private Answer none(String why) {
        LOG.warn("Decision point {} gave no answer that counts: {}", name, why);
        return Answer.NONE;
    }

    /** While it rests, one question at the end of each rest tries it. */
    private synchronized boolean mayAsk() {
        if (failures < FAILURES) {
            return true;
        }
        if (restsUntil - System.nanoTime() > 0) {
            return false;
        }
        restsUntil = System.nanoTime() + REST_NANOS;
        return true;
    }

    private synchronized void settle(boolean answered) {
        failures = answered ? 0 : Math.min(failures + 1, FAILURES);
        if (failures == FAILURES) {
            restsUntil = System.nanoTime() + REST_NANOS;
        }
    }
}
