package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.api.Fingerprint;
import io.errand.broker.shared.Ids;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.PostLoad;
import jakarta.persistence.PostPersist;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import jakarta.persistence.Version;
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
import org.springframework.data.domain.Persistable;

/** A row of {@code agent}: the resource as it was put with its defaults, and what is searched and checked by itself. */
@Entity
@Table(name = "agent")
class AgentRow implements Persistable<UUID> {

    @Id
    private UUID id = Ids.next();

    private String name = "";

    @Version
    private long version = 1;

    private String state = "";
    private String owner = "";
    private @Nullable LocalDate reviewBy;

    @JdbcTypeCode(SqlTypes.JSON)
    private AgentResource spec = NOTHING;

    /** What is claimed now: a retired agent's resource still names its identities, and claims none. */
    @ElementCollection
    @CollectionTable(name = "agent_identity", joinColumns = @JoinColumn(name = "agent_id"))
    private Set<Claimed> identities = new HashSet<>();

    /** Likewise, of subjects that begin so. */
    @ElementCollection
    @CollectionTable(name = "agent_identity_prefix", joinColumns = @JoinColumn(name = "agent_id"))
    private Set<Prefix> prefixes = new HashSet<>();

    @Transient
    private boolean fresh = true;

    private static final AgentResource NOTHING = new AgentResource(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** A row of {@code agent_identity}, whose primary key lets an identity belong to one agent. */
    @Embeddable
    record Claimed(String issuer, String subject) {}

    /** A row of {@code agent_identity_prefix}. */
    @Embeddable
    record Prefix(String issuer, String prefix) {}

    /** For Hibernate. */
    AgentRow() {}

    AgentRow(String name, AgentResource spec) {
        this.name = name;
        become(spec);
    }

    /** Takes a checked resource with its defaults. */
    final void become(AgentResource resource) {
        spec = resource;
        state = Objects.requireNonNull(resource.state());
        owner = Objects.requireNonNull(resource.owner());
        reviewBy = resource.reviewBy();
        Set<Claimed> claims = new HashSet<>();
        Set<Prefix> begun = new HashSet<>();
        if (!AgentState.RETIRED.equals(state)) {
            for (AgentResource.Identity identity : orNone(resource.identities())) {
                if (identity.subject() != null) {
                    claims.add(new Claimed(identity.issuer(), identity.subject()));
                }
                if (identity.subjectPrefix() != null) {
                    begun.add(new Prefix(identity.issuer(), identity.subjectPrefix()));
                }
            }
        }
        identities.retainAll(claims);
        identities.addAll(claims);
        prefixes.retainAll(begun);
        prefixes.addAll(begun);
    }

    AgentResource spec() {
        return spec;
    }

    String name() {
        return name;
    }

    String state() {
        return state;
    }

    long version() {
        return version;
    }

    Agent agent() {
        return agent(id, name, version, spec);
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
                "defer".equals(spec.onDrift()) ? Agent.OnDrift.DEFER : Agent.OnDrift.DENY);
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    private static Set<String> ordered(List<String> values) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(values));
    }

    @Override
    public UUID getId() {
        return id;
    }

    @Override
    public boolean isNew() {
        return fresh;
    }

    @PostLoad
    @PostPersist
    void stored() {
        fresh = false;
    }
}
