package io.errand.api;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of a task that is to be done by another agent: the body of {@code POST /v1/tasks/{id}/delegations}.
 *
 * @param agent its name; one of the {@code delegates_to} of the task's agent
 * @param authorizationDetails what the child may ask for: 1 to 64 tools, all inside the task's own ceiling
 * @param ttl from now, one second to one day, ISO 8601: until when the token is good, and the latest end of the child; absent: as
 *     long as the task. More than that is cut to it
 * @param purpose why, for people and policy; at most 4 KiB of UTF-8 without control characters; absent: the task's purpose
 */
public record DelegationRequest(
        @Nullable String agent,
        @Nullable List<AuthorizationDetail> authorizationDetails,
        @Nullable Duration ttl,
        @Nullable String purpose) {}
