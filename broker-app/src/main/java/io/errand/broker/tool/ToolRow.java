package io.errand.broker.tool;

import io.errand.api.ToolResource;
import io.errand.broker.shared.web.VersionedRow;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.Table;
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

/** A row of {@code tool}: the resource as it was put with its defaults, and what is searched by itself. */
@Entity
@Table(name = "tool")
class ToolRow extends VersionedRow<ToolResource> {

    private String backend = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private ToolResource spec = NOTHING;

    /** Rows of {@code tool_location}, whose primary key lets a location belong to one tool. */
    @ElementCollection
    @CollectionTable(name = "tool_location", joinColumns = @JoinColumn(name = "tool_id"))
    @Column(name = "location")
    private Set<String> locations = new HashSet<>();

    private static final ToolResource NOTHING = new ToolResource(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** For Hibernate. */
    ToolRow() {}

    ToolRow(String name, ToolResource spec) {
        super(name);
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

    @Override
    public ToolResource spec() {
        return spec;
    }

    Tool tool() {
        return tool(getId(), name(), version(), spec);
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
}
