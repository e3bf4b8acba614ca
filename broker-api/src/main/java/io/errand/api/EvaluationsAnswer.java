package io.errand.api;

import java.util.List;

/**
 * The answer to a batch (AuthZEN Authorization API 1.0 §7.2).
 *
 * @param evaluations in the order of the request; where its semantic stops early, up to the one that stopped it
 */
public record EvaluationsAnswer(List<EvaluationAnswer> evaluations) {}
