package io.errand.broker.caller;

import io.errand.broker.lock.Locks;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/**
 * Why an exchange is refused.
 *
 * @param code OAuth error code that the client acts on
 * @param description a sentence for the caller that says what to do and gives nothing away
 * @param reason the true cause, a stable name, for the audit log only
 * @param detail the true cause in a sentence, for the audit log only
 */
public record Refusal(
        HttpStatus status,
        String code,
        String description,
        String reason,
        String detail,
        @Nullable Duration retryAfter) {

    private static final String IMPLICIT_TASK_CHANGED = "implicit_task_changed";
    public static final String TOOL_UNKNOWN = "tool_unknown";
    public static final String TOOL_OUTSIDE_CEILING = "tool_outside_ceiling";
    public static final String ACTION_OUTSIDE_CEILING = "action_outside_ceiling";

    private static final String ASSERTION = "The assertion is not acceptable.";
    private static final String UNTRUSTED = "The subject or actor token is not acceptable.";

    /** Classes of causes, for metrics. */
    public enum Cause {
        /** The request is not well formed. */
        REQUEST,
        /** It is not shown who asks, or that they may still ask. */
        IDENTITY,
        /** The agent or its task may not have this, whatever policy says. */
        AGENT,
        LOCK,
        POLICY,
        APPROVAL,
        /** A cap or a rate. */
        LIMIT,
        /** The target refused, or does not answer. */
        TARGET,
        /** Something else that a decision needs does not answer. */
        UNAVAILABLE;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Cause cause() {
        if (status == HttpStatus.TOO_MANY_REQUESTS) {
            return Cause.LIMIT;
        }
        if (reason.startsWith("target_")) {
            return Cause.TARGET;
        }
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            return Cause.UNAVAILABLE;
        }
        return switch (code) {
            case "invalid_client", "invalid_dpop_proof", "use_dpop_nonce" -> Cause.IDENTITY;
            case "invalid_grant" -> description.equals(ASSERTION) ? Cause.IDENTITY : Cause.APPROVAL;
            case "expired_token" -> Cause.APPROVAL;
            case "invalid_target" -> Cause.AGENT;
            case "access_denied" -> denied(reason);
            default -> description.equals(UNTRUSTED) ? Cause.IDENTITY : Cause.REQUEST;
        };
    }

    private static Cause denied(String reason) {
        if (reason.equals("locked")) {
            return Cause.LOCK;
        }
        if (reason.startsWith("policy_")) {
            return Cause.POLICY;
        }
        return reason.startsWith("approval_") ? Cause.APPROVAL : Cause.AGENT;
    }

    /** One sentence for every token that is not trusted, so that nobody learns which check it failed (RFC 8693 §2.2.2). */
    public static Refusal untrusted(String reason, String detail) {
        return bad("invalid_request", UNTRUSTED, reason, detail);
    }

    public static Refusal invalidRequest(String reason, String description) {
        return bad("invalid_request", description, reason, description);
    }

    public static Refusal invalidTarget(String reason, String detail) {
        return bad("invalid_target", "The tool is unknown, or not one of this agent's.", reason, detail);
    }

    public static Refusal invalidDetails(String reason, String description) {
        return bad("invalid_authorization_details", description, reason, description);
    }

    public static Refusal invalidScope(String reason, String description) {
        return bad("invalid_scope", description, reason, description);
    }

    public static Refusal accessDenied(String reason, String description, String detail) {
        return bad("access_denied", description, reason, detail);
    }

    public static Refusal locked(Locks.Lock lock) {
        return accessDenied(
                "locked",
                "This was stopped by an operator; ask the agent's owner.",
                "lock " + lock.id() + " on " + lock.scope().json());
    }

    /** Nothing that policy or people could say would grant it: the ceiling of the agent, or of its task, has to change first. */
    public boolean isOutsideCeiling() {
        return reason.equals(TOOL_UNKNOWN)
                || reason.equals(TOOL_OUTSIDE_CEILING)
                || reason.equals(ACTION_OUTSIDE_CEILING);
    }

    /** The same, with one sentence more for the caller. */
    public Refusal saying(String sentence) {
        return new Refusal(status, code, description + " " + sentence, reason, detail, retryAfter);
    }

    /** A deferral code that is unknown, another client's, or redeemed: nobody learns which. */
    public static Refusal invalidGrant(String reason, String detail) {
        return bad("invalid_grant", "The deferral_code is not one that this client can redeem.", reason, detail);
    }

    /** RFC 7523 §3.1; one sentence for every assertion that is not trusted. */
    static Refusal badAssertion(String reason, String detail) {
        return bad("invalid_grant", ASSERTION, reason, detail);
    }

    public static Refusal expired(String detail) {
        return bad(
                "expired_token",
                "Nobody decided in time, or it was not collected in time; ask again.",
                "approval_expired",
                detail);
    }

    static Refusal invalidClient(String reason, String detail) {
        return new Refusal(
                HttpStatus.UNAUTHORIZED,
                "invalid_client",
                "The client could not be authenticated.",
                reason,
                detail,
                null);
    }

    /** RFC 9449 §5. */
    static Refusal invalidProof(String reason, String detail) {
        return bad(
                "invalid_dpop_proof",
                "The DPoP proof is not acceptable; RFC 9449 section 4.3 says what it needs.",
                reason,
                detail);
    }

    /** RFC 9449 §8: not an error of the client's, it could not know the nonce. */
    static Refusal nonceMissing(String detail) {
        return bad("use_dpop_nonce", "Repeat with a proof that names the nonce in DPoP-Nonce.", "proof_nonce", detail);
    }

    /** RFC 8693 §2.2.2: unable to issue a token for this target service. Its words are for those who can change it. */
    public static Refusal refusedByTarget(String detail) {
        return bad(
                "invalid_target",
                "The tool's target refused to make this credential; nothing was issued, and asking again does not help."
                        + " Show the decision_id to whoever operates the service.",
                "target_refused",
                detail);
    }

    public static Refusal unavailable(String reason, String detail, @Nullable Duration retryAfter) {
        return new Refusal(
                HttpStatus.SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The tool's target does not answer; nothing was issued. Try again after a while.",
                reason,
                detail,
                retryAfter == null ? Duration.ofSeconds(5) : retryAfter);
    }

    public static Refusal undecided(String reason, String detail) {
        return new Refusal(
                HttpStatus.SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "This cannot be decided at the moment; nothing was issued. Try again after a while.",
                reason,
                detail,
                Duration.ofSeconds(5));
    }

    public static Refusal full(String reason, String description) {
        return new Refusal(
                HttpStatus.TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                description,
                reason,
                description,
                Duration.ofSeconds(5));
    }

    /** Somebody else was in the implicit task first, or it ended: decided again, and answered only if that goes on. */
    public static Refusal implicitTaskChanged() {
        return new Refusal(
                HttpStatus.SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "Too many ask for the same at this moment; try again in a second.",
                IMPLICIT_TASK_CHANGED,
                "the implicit task was begun, or ended, by somebody else while this was decided",
                Duration.ofSeconds(1));
    }

    public boolean isToBeDecidedAgain() {
        return reason.equals(IMPLICIT_TASK_CHANGED);
    }

    public static Refusal underWay() {
        return new Refusal(
                HttpStatus.CONFLICT,
                "temporarily_unavailable",
                "The same Idempotency-Key is being answered right now; try again in a second.",
                "idempotency_key_in_use",
                "a request with the same key is under way",
                Duration.ofSeconds(1));
    }

    private static Refusal bad(String code, String description, String reason, String detail) {
        return new Refusal(HttpStatus.BAD_REQUEST, code, description, reason, detail, null);
    }
}
