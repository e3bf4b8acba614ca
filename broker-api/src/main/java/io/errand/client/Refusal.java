package io.errand.client;

import java.time.Duration;
import java.util.Optional;

/** Why the broker says no. Each has a sentence for people, which never holds a secret. */
public sealed interface Refusal {

    /** What is wrong, and what to do about it. */
    String detail();

    /**
     * The request is wrong, or the workload's or person's token is not acceptable; the broker tells the cause only to its audit
     * log ({@code invalid_request}, RFC 8693 §2.2.2).
     */
    record Invalid(String detail) implements Refusal {}

    /** The task token is none any more: expired, replaced, or another deployment's (401). */
    record NotAuthenticated(String detail) implements Refusal {}

    /** A tool or an action is outside of what this agent or this task may use ({@code invalid_target} and its kin). */
    record OutOfReach(String detail) implements Refusal {}

    /**
     * Policy, a lock or the agent's standing forbids it ({@code access_denied}).
     *
     * @param decision what to look for in the audit log
     */
    record Denied(String detail, Optional<String> decision) implements Refusal {}

    /** The task or lease has ended, or the lease cannot be extended (404, 409). */
    record NotThere(String detail) implements Refusal {}

    /**
     * Nothing was issued; a target is down or a cap is reached ({@code temporarily_unavailable}).
     *
     * @param retryAfter when to try again at the earliest
     */
    record Unavailable(String detail, Duration retryAfter) implements Refusal {}

    /** Something that this client does not know. */
    record Other(int status, String code, String detail) implements Refusal {}
}
