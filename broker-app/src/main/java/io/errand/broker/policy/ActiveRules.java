package io.errand.broker.policy;

import com.cedarpolicy.model.exception.CacheException;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import io.errand.broker.policy.PolicyText.Read;
import io.errand.broker.policy.PolicyText.Reading;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    ActiveRules(JdbcClient jdbc, PolicyText text) {
        this.jdbc = jdbc;
        this.text = text;
    }

    /** What is in force, made of exactly these versions. */
    sealed interface InForce {

        List<UUID> versions();

        /**
         * @param policies parsed on the native side for as long as this object lives
         * @param rules by Cedar's policy id, which is {@code <set>@<version>/<id>}
         */
        record Parsed(List<UUID> versions, PolicySet policies, Map<String, Rule> rules) implements InForce {}

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
        Set<Policy> policies = new HashSet<>();
        Map<String, Rule> rules = new HashMap<>();
        for (Row row : rows) {
            switch (text.parse(row.cedar())) {
                case Reading.Flawed(Flaw flaw) -> {
                    LOG.error("Policy set {} version {} cannot be read: {}", row.name(), row.version(), flaw);
                    return new InForce.Broken(versions);
                }
                case Reading.Good(List<Read> read) -> {
                    for (Read policy : read) {
                        String id = row.name() + "@" + row.version() + "/"
                                + policy.rule().id();
                        policies.add(new Policy(policy.statement().source(), id));
                        rules.put(id, policy.rule());
                    }
                }
            }
        }
        return DeepStack.call(() -> parsed(versions, new PolicySet(policies), rules));
    }

    private static InForce parsed(List<UUID> versions, PolicySet policies, Map<String, Rule> rules) {
        try {
            policies.cache();
            return new InForce.Parsed(versions, policies, Map.copyOf(rules));
        } catch (CacheException e) {
            LOG.error("The active policies cannot be put together", e);
            return new InForce.Broken(versions);
        }
    }

    record Row(UUID id, String name, int version, String cedar) {}
}
