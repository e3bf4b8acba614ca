package io.errand.broker.tasktype;

import io.errand.api.Json;
import io.errand.api.TaskTypeResource;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The face over the registry's rows. All of them are in memory, so that a name which nobody registered costs nothing either: there
 * are at most {@link TaskTypeRegistry#MOST}.
 */
@Component
class RegisteredTaskTypes implements TaskTypes {

    private static final String ALL = "all";

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final RegistryVersion.Kept<String, Map<String, TaskType>> current;
    private volatile Map<String, TaskType> last = Map.of();

    RegisteredTaskTypes(JdbcClient jdbc, CurrentTransaction transaction, RegistryVersion registryVersion) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.current = registryVersion.kept();
    }

    @Override
    public Optional<TaskType> named(String name) {
        return Optional.ofNullable(
                current.get(ALL, () -> Optional.of(stored())).orElseThrow().get(name));
    }

    @Override
    public boolean isStill(String name, Optional<TaskType> read) {
        return transaction.isUnchanged()
                || Optional.ofNullable(stored().get(name)).equals(read);
    }

    private Map<String, TaskType> stored() {
        Map<String, TaskType> known = last;
        Map<String, TaskType> now = jdbc
                .sql("SELECT id, name, version, spec FROM task_type")
                .query((row, n) -> type(row, known))
                .list()
                .stream()
                .collect(Collectors.toUnmodifiableMap(TaskType::name, Function.identity()));
        last = now;
        return now;
    }

    /** What is known by the same id and version is not read again. */
    private static TaskType type(ResultSet row, Map<String, TaskType> known) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        String name = row.getString("name");
        long version = row.getLong("version");
        TaskType before = known.get(name);
        return before != null && before.id().equals(id) && before.version() == version
                ? before
                : TaskTypeRow.type(
                        id, name, version, Json.mapper().readValue(row.getString("spec"), TaskTypeResource.class));
    }
}
