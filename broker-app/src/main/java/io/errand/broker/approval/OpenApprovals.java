package io.errand.broker.approval;

import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** A public face of this room: what people were asked, or have said, for an agent, and is not over. */
@Component
public class OpenApprovals {

    private final JdbcClient jdbc;

    OpenApprovals(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Ids of approvals that wait or are unused. Uses the index approval_due. */
    public List<String> approvals(UUID agent) {
        return jdbc.sql("""
                        SELECT id::text FROM approval
                         WHERE agent_id = :agent AND state IN ('pending', 'approved') AND expires_at > now() ORDER BY id
                        """).param("agent", agent).query(String.class).list();
    }

    /** Ids of break-glass that stands. Uses the index break_glass_open. */
    public List<String> breakGlass(String agent) {
        return jdbc.sql("""
                        SELECT id::text FROM break_glass
                         WHERE agent = :agent AND reviewed_at IS NULL AND ended_at IS NULL AND expires_at > now() ORDER BY id
                        """).param("agent", agent).query(String.class).list();
    }
}
