package io.errand.api;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A kind of task that agents declare by its name. It narrows what the ceilings of agent and tool allow and never widens it; a type
 * that an agent lists and nobody registered narrows nothing.
 *
 * @param kind always {@code TaskType}
 * @param name what agents list in {@code task_types} and tasks name as their {@code type}
 * @param purpose the purpose of a task that says none itself, a template: {@code {invoice}} stands for the member
 *     {@code invoice} of the task's {@code context}, which is one of {@code required_context}; at most 4 KiB of UTF-8; absent: the
 *     agent's purpose
 * @param requiredContext members that a task's {@code context} must have, as text that is not blank, a number or true or false
 * @param tools the only tools and actions of such a task, and those that it gets where its first request names none, as far as the
 *     agent's ceiling has them; absent or empty: all of the agent's, and none where the request names none
 * @param maxTtl longest such task; absent: the agent's
 * @param datatypes of tools that have classes of data, the only ones that such a task is granted; absent or empty: all
 * @param risk from 0 (none) to 100: {@code context.risk} is never less for such a task; absent: 0
 */
public record TaskTypeResource(
        @Constraint(required = true, oneOf = "TaskType") @Nullable
        String kind,

        @Constraint(required = true, pattern = Constraint.NAME) @Nullable
        String name,

        @Nullable String purpose,
        @Nullable List<String> requiredContext,
        @Nullable List<AgentResource.ToolGrant> tools,
        @Nullable Duration maxTtl,
        @Constraint(pattern = Constraint.NAME) @Nullable List<String> datatypes,
        @Constraint(min = 0, max = 100) @Nullable Integer risk) {}
