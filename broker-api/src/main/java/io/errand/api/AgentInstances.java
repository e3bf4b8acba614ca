package io.errand.api;

import java.util.List;

/**
 * The workloads of an agent that have tasks now.
 *
 * @param instances those that began one last, first; at most 1000
 * @param truncated whether there are more, or more than 50,000 tasks
 */
public record AgentInstances(String agent, List<AgentInstance> instances, boolean truncated) {}
