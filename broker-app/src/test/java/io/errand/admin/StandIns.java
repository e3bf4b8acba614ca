package io.errand.admin;

import io.errand.broker.agent.LiveLeasesOfAgent;
import io.errand.broker.tool.LiveLeasesOfTool;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.SecurityFilterChain;

/** For the rooms of administrators' tokens and of leases, as far as the registries need them. */
@TestConfiguration(proxyBeanMethods = false)
class StandIns {

    @Bean
    SecurityFilterChain administrators(HttpSecurity http) {
        return http.securityMatcher("/admin/**")
                .csrf(csrf -> csrf.disable())
                .userDetailsService(name -> User.withUsername(name)
                        .password("{noop}" + Admin.WHO)
                        .roles("admin")
                        .build())
                .httpBasic(basic -> {})
                .authorizeHttpRequests(all -> all.anyRequest().authenticated())
                .build();
    }

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
