package io.errand.broker.tool;

import java.util.Optional;
import org.springframework.stereotype.Component;

/** The face over the registry's rows: one statement a question. */
@Component
class RegisteredTools implements Tools {

    private final ToolRows rows;

    RegisteredTools(ToolRows rows) {
        this.rows = rows;
    }

    @Override
    public Optional<Tool> byName(String name) {
        return rows.findByName(name).map(ToolRow::tool);
    }

    @Override
    public Optional<Tool> byLocation(String location) {
        return rows.findByLocation(location).map(ToolRow::tool);
    }
}
