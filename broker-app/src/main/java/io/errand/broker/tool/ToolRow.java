package io.errand.broker.tool;

import io.errand.api.ToolResource;
import io.errand.broker.shared.Ids;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.PostLoad;
import jakarta.persistence.PostPersist;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import jakarta.persistence.Version;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Persistable;

/** A row of {@code tool}: the resource as it was put with its defaults, and what is searched by itself. */
@Entity
@Table(name = "tool")
class ToolRow implements Persistable<UUID> {

    @Id
    private UUID id = Ids.next();

    private String name = "";

    @Version
    private long version = 1;

    private String backend = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private ToolResource spec = NOTHING;

    /** Rows of {@code tool_location}, whose primary key lets a location belong to one tool. */
    @ElementCollection
    @CollectionTable(name = "tool_location", joinColumns = @JoinColumn(name = "tool_id"))
    @Column(name = "location")
    private Set<String> locations = new HashSet<>();

    @Transient
    private boolean fresh = true;

    private static final ToolResource NOTHING = new ToolResource(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** For Hibernate. */
    ToolRow() {}

    ToolRow(String name, ToolResource spec) {
        this.name = name;
        become(spec);
    }

    /** Takes a checked resource with its defaults. */
    final void become(ToolResource resource) {
        spec = resource;
        backend = Objects.requireNonNull(resource.backend());
        List<String> now = orNone(resource.locations());
        locations.retainAll(new HashSet<>(now));
        locations.addAll(now);
    }

    ToolResource spec() {
        return spec;
    }

    String name() {
        return name;
    }

    long version() {
        return version;
    }

    Tool tool() {
        return tool(id, name, version, spec);
    }

    /** What a row is, however it was read. */
    static Tool tool(UUID id, String name, long version, ToolResource spec) {
        return new Tool(
                id,
                name,
                version,
                Objects.requireNonNull(spec.backend()),
                ordered(spec.actions()),
                Objects.requireNonNull(spec.sensitivity()),
                Objects.requireNonNull(spec.environment()),
                Objects.requireNonNull(spec.destination()),
                ordered(spec.labels()),
                orNone(spec.datatypes()),
                spec.kinds() == null ? Map.of() : Collections.unmodifiableMap(spec.kinds()),
                Optional.ofNullable(spec.tenant()),
                orNone(spec.locations()),
                orNone(spec.identities()),
                Optional.ofNullable(spec.maxTtl()),
                spec.config() == null ? Map.of() : Collections.unmodifiableMap(spec.config()),
                "issue".equals(spec.marksOn()) ? Tool.MarksOn.ISSUE : Tool.MarksOn.USE);
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    private static Set<String> ordered(@Nullable List<String> values) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(orNone(values)));
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
