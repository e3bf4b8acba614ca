package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.api.Fingerprint;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an agent must be before it is registered. */
final class AgentChecks {

    static final int MAX_OWNER_BYTES = 255;
    private static final int MAX_PURPOSE_BYTES = 4 << 10;
    private static final int MAX_MODEL_BYTES = 255;
    private static final int MAX_CLAIM_BYTES = 255;
    private static final Set<String> ON_DRIFT = Set.of("deny", "defer", "suspend");

    private AgentChecks() {}

    /** The resource with its defaults (without that of its state, which is the registry's to say), or the first member that is wrong. */
    static Result<AgentResource> check(String name, AgentResource agent) {
        Members members = new Members()
                .head("Agent", agent.kind(), name, agent.name())
                .text("owner", agent.owner(), MAX_OWNER_BYTES)
                .text("purpose", agent.purpose(), MAX_PURPOSE_BYTES)
                .names("task_types", agent.taskTypes(), 1)
                .duration("max_ttl", agent.maxTtl(), Duration.ofSeconds(1), Duration.ofDays(1))
                .number("max_live_leases", agent.maxLiveLeases(), 1, 100_000)
                .names("delegates_to", agent.delegatesTo(), 0)
                .number("max_delegation_depth", agent.maxDelegationDepth(), 0, 16);
        identities(members, agent.identities());
        tools(members, agent.tools());
        people(members, agent.onBehalfOf());
        fingerprint(members, agent.fingerprint());
        reviewBy(members, agent.reviewBy());
        if (agent.state() != null) {
            members.oneOf("state", agent.state(), AgentState.ALL);
        }
        attestedBy(members, agent.attestedBy());
        if (agent.onDrift() != null) {
            members.oneOf("on_drift", agent.onDrift(), ON_DRIFT);
        }
        return members.then(() -> complete(name, agent));
    }

    private static void identities(Members members, @Nullable List<AgentResource.Identity> identities) {
        members.each("identities", identities, (at, identity) -> {
                    members.name(at + ".issuer", identity.issuer())
                            .check(
                                    identity.subject() == null || identity.subjectPrefix() == null,
                                    at,
                                    "An identity has either subject or subject_prefix, and not both.");
                    if (identity.subjectPrefix() == null) {
                        members.text(at + ".subject", identity.subject(), Names.MAX_SUBJECT_BYTES);
                    } else {
                        members.text(at + ".subject_prefix", identity.subjectPrefix(), Names.MAX_SUBJECT_BYTES)
                                .check(
                                        SubjectPrefix.isOne(identity.subjectPrefix()),
                                        at + ".subject_prefix",
                                        "A prefix ends where a part of the subject ends, with '/' or ':', and has a part"
                                                + " before that.");
                    }
                })
                .distinct("identities", identities, identity -> identity);
    }

    static void tools(Members members, @Nullable List<AgentResource.ToolGrant> tools) {
        members.each(
                        "tools",
                        tools,
                        (at, grant) ->
                                members.name(at + ".tool", grant.tool()).names(at + ".actions", grant.actions(), 1))
                .distinct("tools", tools, AgentResource.ToolGrant::tool);
    }

    private static void people(Members members, @Nullable List<AgentResource.OnBehalfOf> people) {
        members.each("on_behalf_of", people, (at, of) -> {
                    members.name(at + ".issuer", of.issuer())
                            .check(
                                    of.clients() != null && !of.clients().isEmpty(),
                                    at + ".clients",
                                    "Name at least one client: its azp or client_id.")
                            .each(at + ".clients", of.clients(), (each, client) -> members.text(each, client, 255))
                            .distinct(at + ".clients", of.clients(), client -> client);
                })
                .distinct("on_behalf_of", people, AgentResource.OnBehalfOf::issuer);
    }

    private static void fingerprint(Members members, @Nullable Fingerprint made) {
        if (made == null) {
            return;
        }
        if (made.model() != null) {
            members.text("fingerprint.model", made.model(), MAX_MODEL_BYTES);
        }
        members.sha256("fingerprint.prompt_sha256", made.promptSha256())
                .sha256("fingerprint.toolchain_sha256", made.toolchainSha256())
                .sha256("fingerprint.data_sha256", made.dataSha256());
    }

    private static void attestedBy(Members members, @Nullable Map<String, String> claims) {
        if (claims == null) {
            return;
        }
        members.check(
                Fingerprint.MEMBERS.containsAll(claims.keySet()),
                "attested_by",
                "Every member is one of: " + String.join(", ", Fingerprint.MEMBERS) + ".");
        claims.forEach((member, claim) -> members.text("attested_by." + member, claim, MAX_CLAIM_BYTES));
    }

    /** Java's calendar reaches further than PostgreSQL's. */
    private static void reviewBy(Members members, @Nullable LocalDate day) {
        members.check(
                day == null || (day.getYear() >= 2000 && day.getYear() <= 9999),
                "review_by",
                "This is a day from 2000-01-01 to 9999-12-31.");
    }

    private static AgentResource complete(String name, AgentResource agent) {
        return new AgentResource(
                "Agent",
                name,
                agent.owner(),
                agent.purpose(),
                orNone(agent.identities()),
                agent.taskTypes(),
                orNone(agent.tools()),
                agent.maxTtl() == null ? Duration.ofMinutes(15) : agent.maxTtl(),
                agent.maxLiveLeases() == null ? 50 : agent.maxLiveLeases(),
                agent.fingerprint(),
                orNone(agent.onBehalfOf()),
                orNone(agent.delegatesTo()),
                agent.maxDelegationDepth() == null ? 0 : agent.maxDelegationDepth(),
                agent.reviewBy(),
                agent.state(),
                agent.onDrift() == null ? "deny" : agent.onDrift(),
                agent.attestedBy() == null || agent.attestedBy().isEmpty() ? null : agent.attestedBy());
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
