package io.errand.broker.approval;

import io.errand.api.ApprovalView;
import io.errand.api.CanonicalJson;
import io.errand.api.Fingerprint;
import io.errand.broker.agent.Agent;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request to approve one use of a tool by a task. A change of one byte of its canonical JSON needs another approval.
 *
 * @param declared of the task
 * @param needs what must be approved by whom
 */
public record ActionApprovalRequest(
        Agent agent, Task task, Map<String, Object> declared, Use use, List<ApprovalView.Need> needs) {

    /**
     * What is to be done.
     *
     * @param action the tool's, with what the request says of it
     * @param resource what the request says of the tool's part that it is about
     * @param payloadSha256 of the canonical JSON of the whole request's action, resource and context, in lower-case hex
     * @param fingerprint what the agent says that it is made of, where that is not what its task began with; null: it is
     * @param policies that permit it once it is approved, each with the version of its set
     * @param breakGlass without which it would not be permitted; null: none
     */
    public record Use(
            Tool tool,
            String action,
            String kind,
            Map<String, Object> actionProperties,
            Map<String, Object> resource,
            String payloadSha256,
            @Nullable Fingerprint fingerprint,
            List<String> policies,
            @Nullable UUID breakGlass) {}

    /** Its canonical JSON; empty where a number in it has none. */
    Optional<String> canonical() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("agent", GrantApprovalRequest.members(agent));
        all.put("requester", Map.of("issuer", task.issuer(), "task", task.id().toString()));
        all.put("chain", task.chain());
        all.put("person", task.onBehalfOf().orElse(null));
        all.put("task", taskMembers());
        all.put("use", useMembers());
        all.put("approvals", GrantApprovalRequest.members(needs));
        return CanonicalJson.of(GrantApprovalRequest.present(all));
    }

    private Map<String, @Nullable Object> taskMembers() {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("id", task.id().toString());
        members.put("ends_at", task.expiresAt().toString());
        members.put("type", task.type());
        members.put("purpose", task.purpose());
        members.put("context", declared);
        return members;
    }

    private Map<String, @Nullable Object> useMembers() {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("tool", use.tool().name());
        members.put("tool_version", use.tool().version());
        members.put("action", use.action());
        members.put("kind", use.kind());
        members.put("action_properties", use.actionProperties());
        members.put("resource_properties", use.resource());
        members.put("payload_sha256", use.payloadSha256());
        members.put("fingerprint", use.fingerprint() == null ? null : GrantApprovalRequest.members(use.fingerprint()));
        members.put("policies", use.policies());
        members.put(
                "break_glass",
                use.breakGlass() == null ? null : use.breakGlass().toString());
        return GrantApprovalRequest.present(members);
    }
}
