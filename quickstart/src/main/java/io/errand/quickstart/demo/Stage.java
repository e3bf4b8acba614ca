package io.errand.quickstart.demo;

import io.errand.api.AuthorizationDetail;
import io.errand.quickstart.EmbeddedDatabase;
import io.errand.quickstart.LocalBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where the story takes place, and what one step hands to the next. */
final class Stage {

    static final String AGENT = "invoice-triage";

    private final LocalBroker broker;
    private final EmbeddedDatabase database;
    private final Path examples;
    private final Narrator narrator;
    private final Wire wire;
    private final List<Grant> grants = new ArrayList<>();

    /** @param examples the directory with the resources */
    Stage(LocalBroker broker, Path examples, Narrator narrator) {
        this.broker = broker;
        this.database = broker.database().orElseThrow();
        this.examples = examples;
        this.narrator = narrator;
        this.wire = new Wire(broker.url());
    }

    LocalBroker broker() {
        return broker;
    }

    Path examples() {
        return examples;
    }

    Narrator narrator() {
        return narrator;
    }

    Wire wire() {
        return wire;
    }

    /** In the order in which they were made; the first is the one of step 2. */
    List<Grant> grants() {
        return grants;
    }

    /** Asks for access to one tool for one task; the answer may be a refusal. */
    Wire.Exchange request(String purpose, Duration ttl, String tool, String action) {
        Map<String, Object> task = new LinkedHashMap<>();
        task.put("type", "triage");
        task.put("purpose", purpose);
        task.put("ttl", ttl.toString());
        return wire.exchange(workload(AGENT), task, List.of(AuthorizationDetail.of(tool, List.of(action))));
    }

    /** What the platform would vouch for that agent with. */
    String workload(String agent) {
        return broker.tokens().token(broker.tokens().workloads(), agent, "errand", Duration.ofMinutes(5), Map.of());
    }

    Wire.Answer send(Wire.Exchange exchange) throws IOException, InterruptedException {
        return wire.send(exchange);
    }

    /** As superuser of the target, to see what is there. */
    Connection target() throws SQLException {
        return database.connect(EmbeddedDatabase.TARGET);
    }

    /** Where the target is, as JDBC writes it. */
    String targetUrl() {
        return database.url(EmbeddedDatabase.TARGET);
    }

    /** The logins that the broker has made and not yet removed. */
    int logins() throws SQLException {
        return count("SELECT count(*) FROM pg_roles WHERE rolname LIKE ?", "errand\\_%");
    }

    boolean exists(String role) throws SQLException {
        return count("SELECT count(*) FROM pg_roles WHERE rolname = ?", role) > 0;
    }

    private int count(String sql, String parameter) throws SQLException {
        try (Connection connection = target();
                PreparedStatement query = connection.prepareStatement(sql)) {
            query.setString(1, parameter);
            try (ResultSet result = query.executeQuery()) {
                result.next();
                return result.getInt(1);
            }
        }
    }
}
