package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.api.TaskDeclaration;
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

    /** Their own token was verified when this was asked for, and is not kept. */
    static Identity person(Map<?, ?> kept) {
        return new Identity(
                String.valueOf(kept.get("issuer")),
                IssuerPurpose.PERSON,
                String.valueOf(kept.get("subject")),
                Map.of(),
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
            case Caller.Subject.Person(Identity person) -> {
                declared(requestedTask, asked);
                asked.put(
                        "person",
                        Map.of(
                                "issuer",
                                person.issuer(),
                                "subject",
                                person.subject(),
                                "expires_at",
                                person.expiresAt().toString()));
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
        List<AuthorizationDetail> details =
                permitted.stream().map(one -> one.requestedAccess().granted()).toList();
        asked.put("authorization_details", Json.mapper().writeValueAsString(details));
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
