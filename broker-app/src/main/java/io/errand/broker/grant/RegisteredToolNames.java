package io.errand.broker.grant;

import io.errand.broker.agent.KnownTools;
import io.errand.broker.shared.Nearest;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What the agent room asks upwards about tools. */
@Component
class RegisteredToolNames implements KnownTools {

    private final Tools tools;
    private final JdbcClient jdbc;

    RegisteredToolNames(Tools tools, JdbcClient jdbc) {
        this.tools = tools;
        this.jdbc = jdbc;
    }

    @Override
    public Optional<Set<String>> actions(String tool) {
        return tools.byName(tool).map(Tool::actions).map(Set::copyOf);
    }

    @Override
    public List<String> nearest(String tool) {
        return Nearest.to(
                tool,
                jdbc.sql("SELECT name FROM tool LIMIT 10000")
                        .query(String.class)
                        .list());
    }
}
