package io.errand.registry;

import io.errand.broker.agent.LiveLeasesOfAgent;
import io.errand.broker.tool.LiveLeasesOfTool;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

/** For the room of leases, as far as the registries need it. */
@TestConfiguration(proxyBeanMethods = false)
class StandIns {

    @Bean
    LiveLeasesOfAgent liveLeasesOfAgent(JdbcClient jdbc) {
        return new LiveLeasesOfAgent() {
            @Override
            public boolean any(String agent) {
                return jdbc.sql("SELECT EXISTS (SELECT FROM lease WHERE agent = :agent AND state <> 'revoked')")
                        .param("agent", agent)
                        .query(Boolean.class)
                        .single();
            }

            @Override
            public void revoke(String agent, String reason, String who) {
                jdbc.sql("UPDATE lease SET state = 'revoking' WHERE agent = :agent AND state <> 'revoked'")
                        .param("agent", agent)
                        .update();
            }
        };
    }

    @Bean
    LiveLeasesOfTool liveLeasesOfTool(JdbcClient jdbc) {
        return new LiveLeasesOfTool() {
            @Override
            public boolean any(String tool) {
                return jdbc.sql("SELECT EXISTS (SELECT FROM lease WHERE tool = :tool AND state <> 'revoked')")
                        .param("tool", tool)
                        .query(Boolean.class)
                        .single();
            }

            @Override
            public void revoke(String tool, String reason, String who) {
                jdbc.sql("UPDATE lease SET state = 'revoking' WHERE tool = :tool AND state <> 'revoked'")
                        .param("tool", tool)
                        .update();
            }
        };
    }
}
