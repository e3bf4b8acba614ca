package io.errand.broker.task;

import io.errand.api.Json;
import io.errand.api.TaskDeclaration;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** What was declared when a task began. */
record DeclaredTask(UUID id, TaskDeclaration declaration) {

    static DeclaredTask of(ResultSet row, int n) throws SQLException {
        return new DeclaredTask(
                row.getObject("id", UUID.class),
                Json.mapper().readValue(row.getString("declaration"), TaskDeclaration.class));
    }

    static Map<UUID, TaskDeclaration> byTask(List<DeclaredTask> all) {
        return all.stream().collect(Collectors.toMap(DeclaredTask::id, DeclaredTask::declaration));
    }
}
