package io.errand.broker.grant;

import io.errand.api.Json;
import io.errand.api.TaskDeclaration;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.Mandate;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.caller.Vouched;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Task;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An exchange as it is kept while a person is waited for. No token is kept. */
final class DeferredRequests {

    private DeferredRequests() {}

    /** Their own token was verified when this was asked for, and is not kept; what another deployment's said is. */
    static Identity person(Map<?, ?> kept) {
        Map<String, Object> vouched = new LinkedHashMap<>();
        if (kept.get("vouched") instanceof Map<?, ?> claims) {
            claims.forEach((claim, value) -> vouched.put(String.valueOf(claim), value));
        }
        return new Identity(
                String.valueOf(kept.get("issuer")),
                vouched.isEmpty() ? IssuerPurpose.PERSON : IssuerPurpose.ERRAND,
                String.valueOf(kept.get("subject")),
                vouched,
                Optional.empty(),
                new Identity.WorkloadRuntime(Optional.empty(), false),
                Instant.parse(String.valueOf(kept.get("expires_at"))));
    }

    /** What the exchange is done again from. The prompt's text is not kept while people are waited for. */
    static Map<String, Object> asked(
            TokenRequest request, Caller caller, RequestedTask requestedTask, List<PermittedAccess> permitted) {
        Map<String, Object> asked = new LinkedHashMap<>();
        if (request.standard()) {
            asked.put("standard", true);
        }
        switch (caller.subject()) {
            case Caller.Subject.Self self -> declared(requestedTask, asked);
            case Caller.Subject.Person(Identity person, Optional<Mandate> mandate) -> {
                declared(requestedTask, asked);
                Map<String, Object> kept = new LinkedHashMap<>();
                kept.put("issuer", person.issuer());
                kept.put("subject", person.subject());
                kept.put("expires_at", person.expiresAt().toString());
                Map<String, Object> vouched = Vouched.by(person);
                if (vouched != null) {
                    kept.put("vouched", vouched);
                }
                asked.put("person", kept);
            }
            case Caller.Subject.Delegated(Delegation delegation) -> {
                asked.put("task", task(requestedTask.declaration()));
                asked.put("delegation", delegation.id().toString());
            }
            case Caller.Subject.OwnTask(Task task) -> {
                asked.put("own_task", task.id().toString());
                if (requestedTask.attested()) {
                    asked.put("task", task(requestedTask.declaration()));
                }
            }
        }
        asked.put("authorization_details", Json.mapper().writeValueAsString(PermittedAccess.granted(permitted)));
        return asked;
    }

    /** Whoever said nothing of the task has said nothing of it when they collect. */
    private static void declared(RequestedTask requestedTask, Map<String, Object> asked) {
        if (requestedTask.origin() == Task.Origin.DECLARED) {
            asked.put("task", task(requestedTask.declaration()));
        }
    }

    private static String task(TaskDeclaration said) {
        return Json.mapper()
                .writeValueAsString(new TaskDeclaration(
                        said.type(),
                        said.purpose(),
                        said.ttl(),
                        said.promptSha256(),
                        null,
                        said.context(),
                        said.fingerprint()));
    }
}
