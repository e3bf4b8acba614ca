/**
 * Owns: One exchange from top to bottom: {@link TokenExchange} names its steps in their order.
 * <pre>
 * TokenRequest          the form
 * CallerIdentification  who asks                      (room caller)
 * RequestedTask         which task, new or running
 * AccessResolution      which tools and actions, within every ceiling
 * SessionMarks          what the session has touched
 * PolicyCheck           permit, deny, or a person has to say
 * Deferrals             what waits for a person
 * Grants                the transaction of the grant:
 *   GrantPreconditions    locks, and policies as they were
 *   GrantAdmission        retries and caps
 *   GrantedTasks          the task row
 *   LeaseOpening          PENDING leases, before anything exists at a target (P1)
 * TokenResponses        the answer, once each lease is ACTIVE
 * </pre>
 *
 * <p>Promises: The only room that knows this order. Authority only narrows (P3); a decision is recorded in the transaction of its
 * effect (P4); a retry never doubles authority (P7).
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "agent",
            "approval",
            "audit",
            "caller",
            "credential",
            "crypto",
            "database",
            "exception",
            "identity",
            "lease",
            "lock",
            "policy",
            "risk",
            "task",
            "tasktype",
            "tool"
        })
@NullMarked
package io.errand.broker.grant;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
