package io.errand.broker.policy;

import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** A public face of this room: which policies in force speak of somebody by name. */
@Component
public class PoliciesNaming {

    private final JdbcClient jdbc;

    PoliciesNaming(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Names of the active sets that have the agent as an entity. Names of agents need no escapes in Cedar. */
    public List<String> agent(String name) {
        return jdbc.sql("""
                        SELECT name FROM policy_version
                         WHERE status = 'active' AND strpos(cedar, :entity) > 0 ORDER BY name
                        """)
                .param("entity", "Agent::\"" + name + "\"")
                .query(String.class)
                .list();
    }
}
