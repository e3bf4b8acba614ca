package io.errand.api;

import java.time.Instant;

/**
 * One of the workloads that are an agent, such as a job of a pipeline, that has tasks.
 *
 * @param issuer the issuer's name
 * @param tasks that are active
 * @param firstAt when the oldest of them began
 * @param lastAt when the newest of them began
 */
public record AgentInstance(String issuer, String subject, long tasks, Instant firstAt, Instant lastAt) {}
