package io.errand.broker.policy;

import io.errand.broker.policy.PolicyText.Read;
import io.errand.broker.policy.PolicyText.Reading;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The policies in force, parsed. They are kept in memory, and each decision asks the database whether they are still the ones: a
 * version's text never changes, so the ids of the active versions say it.
 */
@Component
class ActiveRules {

    private static final Logger LOG = LoggerFactory.getLogger(ActiveRules.class);

    private final JdbcClient jdbc;
    private final PolicyText text;
    private volatile @Nullable InForce last;
    /** By version: when one set of many changes, the others need not be parsed again. */
    private volatile Map<UUID, Reading> readBefore = Map.of();

    ActiveRules(JdbcClient jdbc, PolicyText text) {
        this.jdbc = jdbc;
        this.text = text;
    }

    /** What is in force, made of exactly these versions. */
    sealed interface InForce {

        List<UUID> versions();

        record Parsed(List<UUID> versions, PolicyIndex policies) implements InForce {}

        /** A stored set does not parse. It may hold a forbid, so nothing can be decided without it (P5). */
        record Broken(List<UUID> versions) implements InForce {}
    }

    InForce now() {
        // Index policy_version_active, which holds one row a set.
        List<UUID> versions = jdbc.sql("""
                        SELECT id FROM policy_version WHERE status = 'active' ORDER BY name
                        """).query(UUID.class).list();
        InForce known = last;
        if (known != null && known.versions().equals(versions)) {
            return known;
        }
        InForce loaded = load();
        last = loaded;
        return loaded;
    }

    private InForce load() {
        List<Row> rows = jdbc.sql("""
                        SELECT id, name, version, cedar FROM policy_version WHERE status = 'active' ORDER BY name
                        """).query(Row.class).list();
        List<UUID> versions = rows.stream().map(Row::id).toList();
        Map<UUID, Reading> before = readBefore;
        Map<UUID, Reading> readings = new HashMap<>();
        List<Slice.Member> policies = new ArrayList<>();
        for (Row row : rows) {
            Reading known = before.get(row.id());
            Reading reading = known == null ? text.parse(row.cedar()) : known;
            readings.put(row.id(), reading);
            switch (reading) {
                case Reading.Flawed(Flaw flaw) -> {
                    LOG.error("Policy set {} version {} cannot be read: {}", row.name(), row.version(), flaw);
                    return new InForce.Broken(versions);
                }
                case Reading.Good(List<Read> read) ->
                    read.forEach(policy -> policies.add(Slice.Member.of(row.name(), row.version(), policy)));
            }
        }
        readBefore = Map.copyOf(readings);
        return new InForce.Parsed(versions, new PolicyIndex(policies));
    }

    record Row(UUID id, String name, int version, String cedar) {}
}
