package io.errand.broker.tool;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The face over the registry's rows: one statement a question. */
@Component
class RegisteredTools implements Tools {

    private final ToolRows rows;
    private final JdbcClient jdbc;

    RegisteredTools(ToolRows rows, JdbcClient jdbc) {
        this.rows = rows;
        this.jdbc = jdbc;
    }

    @Override
    public Optional<Tool> byName(String name) {
        return rows.findByName(name).map(ToolRow::tool);
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean hold(List<Tool> tools) {
        if (tools.isEmpty()) {
            return true;
        }
        return jdbc.sql("""
                                SELECT t.id FROM tool t
                                  JOIN unnest(:ids::uuid[], :versions::bigint[]) AS read(id, version)
                                    ON t.id = read.id AND t.version = read.version
                                 ORDER BY t.id FOR SHARE OF t
                                """)
                        .param(
                                "ids",
                                tools.stream().map(tool -> tool.id().toString()).toArray(String[]::new))
                        .param(
                                "versions",
                                tools.stream()
                                        .map(tool -> Long.toString(tool.version()))
                                        .toArray(String[]::new))
                        .query(UUID.class)
                        .list()
                        .size()
                == tools.size();
    }

    @Override
    public Optional<Tool> byLocation(String location) {
        return rows.findByLocation(location).map(ToolRow::tool);
    }
}
