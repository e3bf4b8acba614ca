package io.errand.broker.approval;

import io.errand.api.ApprovalView;
import io.errand.api.AuthorizationDetail;
import io.errand.api.CanonicalJson;
import io.errand.api.Fingerprint;
import io.errand.api.Sha256;
import io.errand.broker.agent.Agent;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request to approve one grant: every member of what will be granted. A change of one byte of its canonical JSON needs another
 * approval.
 *
 * @param issuer registered name of the issuer of the agent's own token
 * @param subject of that token
 * @param cnf the key that the task token will be bound to (RFC 7800); null: none
 * @param chain who acts for whom, the first one first: {@code person:…}, {@code agent:…}
 * @param needs what must be approved by whom
 */
public record GrantApprovalRequest(
        Agent agent,
        String issuer,
        String subject,
        @Nullable Map<String, Object> cnf,
        List<String> chain,
        Optional<String> person,
        Job task,
        List<Access> access,
        List<ApprovalView.Need> needs) {

    /**
     * The task.
     *
     * @param id of one that is there already; null: it will be declared
     * @param endsAt its end; null: {@code ttl} from the collection
     * @param fingerprint what the agent says that it is made of; null: it did not say
     */
    public record Job(
            @Nullable UUID id,
            @Nullable Instant endsAt,
            String type,
            String purpose,
            Duration ttl,
            Map<String, Object> context,
            @Nullable String promptSha256,
            @Nullable Fingerprint fingerprint) {}

    /**
     * What on one tool.
     *
     * @param ttl the obligation that policy and tool set on the lease, from the collection; null: none but the task's end
     * @param policies that permit it once it is approved, each with the version of its set
     * @param breakGlass without which it would not be permitted; null: none
     */
    public record Access(
            Tool tool,
            AuthorizationDetail granted,
            @Nullable Duration ttl,
            List<String> policies,
            @Nullable UUID breakGlass) {}

    /** Its canonical JSON; empty where a number of the task's context has none. */
    Optional<String> canonical() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("agent", members(agent));
        all.put("requester", Map.of("issuer", issuer, "subject", subject));
        all.put("cnf", cnf);
        all.put("chain", chain);
        all.put("person", person.orElse(null));
        all.put("task", taskMembers());
        all.put("tools", access.stream().map(GrantApprovalRequest::toolMembers).toList());
        all.put("approvals", members(needs));
        return CanonicalJson.of(present(all));
    }

    /** {@code sha256:} and the SHA-256 of the canonical JSON. */
    public Optional<String> digest() {
        return canonical().map(GrantApprovalRequest::digest);
    }

    static String digest(String text) {
        return "sha256:" + Sha256.hex(text);
    }

    static List<Map<String, Object>> members(List<ApprovalView.Need> needs) {
        return needs.stream()
                .map(need -> Map.<String, Object>of(
                        "group", need.group(),
                        "people", need.people(),
                        "owner_may_not", need.ownerMayNot()))
                .toList();
    }

    static Map<String, @Nullable Object> members(Agent agent) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("name", agent.name());
        members.put("version", agent.version());
        members.put("owner", agent.owner());
        members.put("fingerprint", members(agent.fingerprint()));
        return present(members);
    }

    private Map<String, @Nullable Object> taskMembers() {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("id", task.id() == null ? null : task.id().toString());
        if (task.endsAt() == null) {
            members.put("ttl", task.ttl().toString());
        } else {
            members.put("ends_at", task.endsAt().toString());
        }
        members.put("type", task.type());
        members.put("purpose", task.purpose());
        members.put("context", task.context());
        members.put("prompt_sha256", task.promptSha256());
        members.put("fingerprint", task.fingerprint() == null ? null : members(task.fingerprint()));
        return present(members);
    }

    private static Map<String, @Nullable Object> toolMembers(Access access) {
        AuthorizationDetail granted = access.granted();
        Map<String, @Nullable Object> obligations = new LinkedHashMap<>();
        obligations.put("max_ttl", access.ttl() == null ? null : access.ttl().toString());
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("name", access.tool().name());
        members.put("version", access.tool().version());
        members.put("actions", granted.actions());
        members.put("datatypes", granted.datatypes());
        members.put("locations", granted.locations());
        members.put("obligations", obligations);
        members.put("policies", access.policies());
        members.put(
                "break_glass",
                access.breakGlass() == null ? null : access.breakGlass().toString());
        return present(members);
    }

    static Map<String, @Nullable Object> members(Fingerprint print) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("model", print.model());
        members.put("prompt_sha256", print.promptSha256());
        members.put("toolchain_sha256", print.toolchainSha256());
        members.put("data_sha256", print.dataSha256());
        return present(members);
    }

    /** What is not there has no member. */
    static Map<String, @Nullable Object> present(Map<String, @Nullable Object> members) {
        members.values().removeIf(Objects::isNull);
        return members;
    }
}
