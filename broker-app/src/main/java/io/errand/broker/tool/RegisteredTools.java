package io.errand.broker.tool;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.api.ToolResource;
import io.errand.broker.credential.Backend.Narrowing;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.database.Sql;
import io.errand.broker.database.SqlPipeline;
import io.errand.broker.database.SqlPipeline.Hold;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The face over the registry's rows: one statement a question. What was read stays in memory, and a question asks the database
 * whether it is still the one, unless the request's epoch says so.
 */
@Component
class RegisteredTools implements Tools {

    private final Map<String, Tool> read = new ConcurrentHashMap<>();
    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final SqlPipeline trips;
    private final Backends backends;
    private final RegistryVersion.Kept<String, Tool> named;
    private final RegistryVersion.Kept<Of, Set<String>> identified;

    RegisteredTools(
            JdbcClient jdbc,
            CurrentTransaction transaction,
            SqlPipeline trips,
            RegistryVersion registryVersion,
            Backends backends) {
        this.backends = backends;
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.trips = trips;
        this.named = registryVersion.kept();
        this.identified = registryVersion.kept();
    }

    @Override
    public Optional<String> unenforceable(Tool tool, AuthorizationDetail part) {
        Narrowing narrowing = narrowing(tool, part);
        return narrowing.by() == Narrowing.By.NOBODY ? Optional.of(narrowing.sentence()) : Optional.empty();
    }

    @Override
    public boolean isEnforced(Tool tool, AuthorizationDetail part) {
        return narrowing(tool, part).by() == Narrowing.By.TARGET;
    }

    private Narrowing narrowing(Tool tool, AuthorizationDetail part) {
        if (part.datatypes() == null && part.locations() == null) {
            return Narrowing.ENFORCED;
        }
        ToolBinding toolBinding =
                new ToolBinding(tool.name(), tool.actions().stream().sorted().toList(), tool.config());
        return backends.byName(tool.backend())
                .map(backend -> backend.narrowing(toolBinding, part.actions(), part.datatypes(), part.locations()))
                .orElseGet(() ->
                        new Narrowing(Narrowing.By.NOBODY, "The service has no backend '" + tool.backend() + "'."));
    }

    private record Of(String issuer, String subject) {}

    @Override
    public Set<String> ofIdentity(String issuer, String subject) {
        return identified
                .get(new Of(issuer, subject), () -> Optional.of(toolsOf(Map.of("issuer", issuer, "subject", subject))))
                .orElseThrow();
    }

    private Set<String> toolsOf(Map<String, String> identity) {
        // Index: tool_identities.
        return jdbc.sql("SELECT name FROM tool WHERE spec -> 'identities' @> :identity::jsonb")
                .param("identity", Json.mapper().writeValueAsString(List.of(identity)))
                .query(String.class)
                .set();
    }

    @Override
    public Set<String> labels() {
        // Asked when somebody saves a policy: the table is read.
        return jdbc.sql("""
                        SELECT jsonb_array_elements_text(spec -> 'labels') FROM tool
                        UNION
                        SELECT jsonb_array_elements_text(d -> 'labels')
                          FROM tool, jsonb_array_elements(spec -> 'datatypes') AS d
                         WHERE jsonb_typeof(d -> 'labels') = 'array'
                        """).query(String.class).set();
    }

    @Override
    public Optional<Tool> byName(String name) {
        return named.get(name, () -> read(name));
    }

    private Optional<Tool> read(String name) {
        // Unique index on name.
        return jdbc.sql("SELECT name, id, version FROM tool WHERE name = :name")
                .param("name", name)
                .query(Current.class)
                .optional()
                .flatMap(this::tool);
    }

    record Current(String name, UUID id, long version) {}

    private Optional<Tool> tool(Current current) {
        Tool known = read.get(current.name());
        if (known != null && known.id().equals(current.id()) && known.version() == current.version()) {
            return Optional.of(known);
        }
        Optional<Tool> fresh = stored(current.id());
        // What a transaction sees may be its own, and may never come to be.
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            fresh.ifPresent(tool -> read.put(tool.name(), tool));
        }
        return fresh;
    }

    /** By the primary key. */
    private Optional<Tool> stored(UUID id) {
        return jdbc.sql("SELECT name, version, spec FROM tool WHERE id = :id")
                .param("id", id)
                .query((row, n) -> ToolRow.tool(
                        id,
                        row.getString("name"),
                        row.getLong("version"),
                        Json.mapper().readValue(row.getString("spec"), ToolResource.class)))
                .optional();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean hold(List<Tool> tools) {
        if (tools.isEmpty() || transaction.isUnchanged()) {
            return true;
        }
        return trips.hold(new Hold<>(
                new Sql("""
                                        SELECT count(pg_advisory_xact_lock_shared(name_key('tool', name)))
                                          FROM unnest(:names::text[]) AS name
                                        """, Map.of("names", texts(tools, Tool::name))),
                new Sql("""
                                        SELECT t.id FROM tool t
                                          JOIN unnest(:ids::uuid[], :versions::bigint[]) AS read(id, version)
                                            ON t.id = read.id AND t.version = read.version
                                        """, Map.of("ids", texts(tools, Tool::id), "versions", texts(tools, Tool::version))),
                (row, n) -> row.getObject("id", UUID.class),
                rows -> rows.size() == tools.size()));
    }

    private static String[] texts(List<Tool> tools, Function<Tool, ?> value) {
        return tools.stream().map(value).map(String::valueOf).toArray(String[]::new);
    }

    @Override
    public Optional<Tool> byLocation(String location) {
        // Primary keys of tool_location and tool.
        return jdbc.sql("""
                        SELECT t.name, t.id, t.version FROM tool_location l JOIN tool t ON t.id = l.tool_id
                         WHERE l.location = :location
                        """)
                .param("location", location)
                .query(Current.class)
                .optional()
                .flatMap(this::tool);
    }
}
