package io.errand.broker.policy.pdp;

import io.errand.api.Json;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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

    private static final int MAX_ANSWER = 64 * 1024;
    private static final int FAILURES = 5;
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String name;
    private final DecisionPointProperties.Point settings;
    private final Outbound outbound;

    // Guarded by this.
    private int failures;
    private long restsUntil;

    enum Answer {
        YES,
        NO,
        /** Nobody knows: a denial (P5). */
        NONE
    }

    DecisionPoint(String name, DecisionPointProperties.Point settings, Outbound outbound) {
        this.name = name;
        this.settings = settings;
        this.outbound = outbound;
    }

    Answer ask(PolicyRequest policyRequest) {
        if (!mayAsk()) {
            return Answer.NONE;
        }
        Answer answer = send(policyRequest);
        settle(answer != Answer.NONE);
        return answer;
    }

    private Answer send(PolicyRequest policyRequest) {
        Outbound.Request request;
        try {
            request = request(policyRequest);
        } catch (UncheckedIOException e) {
            LOG.error("Decision point {} cannot be asked: {}", name, e.toString());
            return Answer.NONE;
        }
        return switch (outbound.send(request, settings.timeout())) {
            case Reply.Answered answered -> read(answered);
            case Reply.TimedOut() -> none("no answer within " + settings.timeout());
            case Reply.Failed(String cause) -> none(cause);
        };
    }

    private Outbound.Request request(PolicyRequest policyRequest) {
        Map<String, String> headers = new HashMap<>(Map.of("Accept", "application/json"));
        settings.bearer().ifPresent(token -> headers.put("Authorization", "Bearer " + token.reveal()));
        return new Outbound.Request(
                settings.address(),
                headers,
                Json.mapper().writeValueAsBytes(AuthZen.evaluation(policyRequest)),
                MAX_ANSWER);
    }

    private Answer read(Reply.Answered answered) {
        if (answered.status() != 200) {
            return none("status " + answered.status());
        }
        if (!answered.type().equalsIgnoreCase("application/json")) {
            return none("the answer is no application/json");
        }
        @Nullable JsonNode decision;
        try {
            decision = Json.mapper().readTree(answered.body()).get("decision");
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
