package io.errand.broker.tasktype;

import io.errand.api.TaskTypeResource;
import io.errand.broker.shared.web.VersionedRow;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** A row of {@code task_type}: the resource as it was put with its defaults. */
@Entity
@Table(name = "task_type")
class TaskTypeRow extends VersionedRow<TaskTypeResource> {

    @JdbcTypeCode(SqlTypes.JSON)
    private TaskTypeResource spec = new TaskTypeResource(null, null, null, null, null, null, null, null);

    /** For Hibernate. */
    TaskTypeRow() {}

    TaskTypeRow(String name, TaskTypeResource spec) {
        super(name);
        this.spec = spec;
    }

    /** Takes a checked resource with its defaults. */
    void become(TaskTypeResource resource) {
        spec = resource;
    }

    @Override
    public TaskTypeResource spec() {
        return spec;
    }

    /** What a row is, however it was read. */
    static TaskType type(UUID id, String name, long version, TaskTypeResource spec) {
        Map<String, Set<String>> tools = new HashMap<>();
        orNone(spec.tools()).forEach(grant -> tools.put(grant.tool(), Set.copyOf(grant.actions())));
        return new TaskType(
                id,
                name,
                version,
                Optional.ofNullable(spec.purpose()).flatMap(PurposeTemplate::parse),
                orNone(spec.requiredContext()),
                Map.copyOf(tools),
                Optional.ofNullable(spec.maxTtl()),
                Set.copyOf(orNone(spec.datatypes())),
                spec.risk() == null ? 0 : spec.risk());
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }
}
