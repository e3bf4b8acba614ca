package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.api.Fingerprint;
import io.errand.broker.shared.web.VersionedRow;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Entity;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.Table;
import java.time.LocalDate;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** A row of {@code agent}: the resource as it was put with its defaults, and what is searched and checked by itself. */
@Entity
@Table(name = "agent")
class AgentRow extends VersionedRow<AgentResource> {

    private String state = "";
    private String owner = "";
    private @Nullable LocalDate reviewBy;

    @JdbcTypeCode(SqlTypes.JSON)
    private AgentResource spec = NOTHING;

    /** What is claimed now: a retired agent's resource still names its identities when nothing of it is left, and they are free. */
    @ElementCollection
    @CollectionTable(name = "agent_identity", joinColumns = @JoinColumn(name = "agent_id"))
    private Set<Claimed> identities = new HashSet<>();

    /** Likewise, of subjects that begin so. */
    @ElementCollection
    @CollectionTable(name = "agent_identity_prefix", joinColumns = @JoinColumn(name = "agent_id"))
    private Set<Prefix> prefixes = new HashSet<>();

    private static final AgentResource NOTHING = new AgentResource(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** A row of {@code agent_identity}, whose primary key lets an identity belong to one agent. */
    @Embeddable
    record Claimed(String issuer, String subject) {}

    /** A row of {@code agent_identity_prefix}. */
    @Embeddable
    record Prefix(String issuer, String prefix) {}

    /** For Hibernate. */
    AgentRow() {}

    AgentRow(String name, AgentResource spec) {
        super(name);
        become(spec);
    }

    /** Takes a checked resource with its defaults. */
    final void become(AgentResource resource) {
        spec = resource;
        state = Objects.requireNonNull(resource.state());
        owner = Objects.requireNonNull(resource.owner());
        reviewBy = resource.reviewBy();
        // A retired one keeps what it has until everything of it is gone, and is given nothing more.
        if (!AgentState.RETIRED.equals(state)) {
            claim(orNone(resource.identities()));
        }
    }

    private void claim(List<AgentResource.Identity> claimed) {
        Set<Claimed> claims = new HashSet<>();
        Set<Prefix> begun = new HashSet<>();
        for (AgentResource.Identity identity : claimed) {
            if (identity.subject() != null) {
                claims.add(new Claimed(identity.issuer(), identity.subject()));
            }
            if (identity.subjectPrefix() != null) {
                begun.add(new Prefix(identity.issuer(), identity.subjectPrefix()));
            }
        }
        identities.retainAll(claims);
        identities.addAll(claims);
        prefixes.retainAll(begun);
        prefixes.addAll(begun);
    }

    @Override
    public AgentResource spec() {
        return spec;
    }

    String state() {
        return state;
    }

    Agent agent() {
        return agent(getId(), name(), version(), spec);
    }

    /** What a row is, however it was read. */
    static Agent agent(UUID id, String name, long version, AgentResource spec) {
        Map<String, Set<String>> ceiling = new LinkedHashMap<>();
        orNone(spec.tools()).forEach(grant -> ceiling.put(grant.tool(), ordered(grant.actions())));
        return new Agent(
                id,
                name,
                version,
                Agent.State.valueOf(Objects.requireNonNull(spec.state()).toUpperCase(Locale.ROOT)),
                Objects.requireNonNull(spec.owner()),
                Objects.requireNonNull(spec.purpose()),
                ordered(orNone(spec.taskTypes())),
                ceiling,
                Objects.requireNonNull(spec.maxTtl()),
                Objects.requireNonNull(spec.maxLiveLeases()),
                spec.fingerprint() == null ? new Fingerprint(null, null, null, null) : spec.fingerprint(),
                orNone(spec.onBehalfOf()),
                ordered(orNone(spec.delegatesTo())),
                Objects.requireNonNull(spec.maxDelegationDepth()),
                Optional.ofNullable(spec.reviewBy()),
                onDrift(spec),
                spec.attestedBy() == null ? Map.of() : Map.copyOf(spec.attestedBy()));
    }

    /** What a later version may say is the strictest that this one knows. */
    private static Agent.OnDrift onDrift(AgentResource spec) {
        return switch (spec.onDrift()) {
            case "defer" -> Agent.OnDrift.DEFER;
            case "suspend" -> Agent.OnDrift.SUSPEND;
            case null, default -> Agent.OnDrift.DENY;
        };
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    private static Set<String> ordered(List<String> values) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(values));
    }
}
