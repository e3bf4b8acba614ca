package io.errand.client;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Fingerprint;
import io.errand.api.TaskDeclaration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is about to be done. Each method answers a changed copy.
 *
 * @param declaration the task itself
 * @param access the most that the task may ever do; a task that names none gets no credential
 * @param onBehalfOf the token of the person whose work it is; null: the agent's own
 */
public record TaskRequest(
        TaskDeclaration declaration,
        List<AuthorizationDetail> access,
        @Nullable String onBehalfOf) {

    public TaskRequest {
        access = List.copyOf(access);
    }

    /** @param type one of the agent's {@code task_types} */
    public static TaskRequest of(String type) {
        return new TaskRequest(new TaskDeclaration(type, null, null, null, null, null, null), List.of(), null);
    }

    /** Why, for people and policy: at most 4 KiB of UTF-8 without control characters. */
    public TaskRequest purpose(String purpose) {
        TaskDeclaration d = declaration;
        return with(new TaskDeclaration(
                d.type(), purpose, d.ttl(), d.promptSha256(), d.prompt(), d.context(), d.fingerprint()));
    }

    /** How long at most, from one second; longer than the agent's {@code max_ttl} is cut to it. */
    public TaskRequest ttl(Duration ttl) {
        TaskDeclaration d = declaration;
        return with(new TaskDeclaration(
                d.type(), d.purpose(), ttl, d.promptSha256(), d.prompt(), d.context(), d.fingerprint()));
    }

    /** SHA-256 of the prompt in lower-case hex. */
    public TaskRequest promptSha256(String digest) {
        TaskDeclaration d = declaration;
        return with(
                new TaskDeclaration(d.type(), d.purpose(), d.ttl(), digest, d.prompt(), d.context(), d.fingerprint()));
    }

    /** Members that policies may read. */
    public TaskRequest context(Map<String, Object> context) {
        TaskDeclaration d = declaration;
        return with(new TaskDeclaration(
                d.type(), d.purpose(), d.ttl(), d.promptSha256(), d.prompt(), Map.copyOf(context), d.fingerprint()));
    }

    /** What the agent is made of now. */
    public TaskRequest fingerprint(Fingerprint fingerprint) {
        TaskDeclaration d = declaration;
        return with(new TaskDeclaration(
                d.type(), d.purpose(), d.ttl(), d.promptSha256(), d.prompt(), d.context(), fingerprint));
    }

    /** Asks for actions of a tool. Its credential is made when the task begins and waits for {@link Task#lease}. */
    public TaskRequest allow(String tool, String... actions) {
        return new TaskRequest(
                declaration,
                Stream.concat(access.stream(), Stream.of(AuthorizationDetail.of(tool, List.of(actions))))
                        .toList(),
                onBehalfOf);
    }

    /** @param idToken names this agent in {@code may_act}, or comes from a client that the agent's registration lists */
    public TaskRequest onBehalfOf(String idToken) {
        return new TaskRequest(declaration, access, idToken);
    }

    private TaskRequest with(TaskDeclaration changed) {
        return new TaskRequest(changed, access, onBehalfOf);
    }

    /** Without the person's token. */
    @Override
    public String toString() {
        return "TaskRequest[type=" + declaration.type() + ", access=" + access + "]";
    }
}
