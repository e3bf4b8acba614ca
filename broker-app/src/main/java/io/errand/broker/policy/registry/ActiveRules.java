package io.errand.broker.policy.registry;

import io.errand.broker.database.RegistryVersion;
import io.errand.broker.policy.cedar.PolicyError;
import io.errand.broker.policy.cedar.PolicyIndex;
import io.errand.broker.policy.cedar.PolicySubset;
import io.errand.broker.policy.cedar.PolicyText;
import io.errand.broker.policy.cedar.PolicyText.Read;
import io.errand.broker.policy.cedar.PolicyText.Reading;
import io.errand.broker.policy.pdp.DecisionPoints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The policies in force, parsed. They are kept in memory, and each decision asks the database whether they are still the ones, unless the
 * request's epoch says so: a version's text never changes, so the ids of the active versions say it.
 */
@Component
public class ActiveRules {

    private static final Logger LOG = LoggerFactory.getLogger(ActiveRules.class);

    private static final String ALL = "all";

    private final JdbcClient jdbc;
    private final PolicyText text;
    private final RegistryVersion.Kept<String, InForce> current;
    private final ReentrantLock loading = new ReentrantLock();
    private volatile @Nullable InForce last;
    private volatile InForce.@Nullable Parsed prepared;
    /** By version: when one set of many changes, the others need not be parsed again. */
    private volatile Map<UUID, Reading> readBefore = Map.of();

    ActiveRules(JdbcClient jdbc, PolicyText text, RegistryVersion registryVersion) {
        this.jdbc = jdbc;
        this.text = text;
        this.current = registryVersion.kept();
    }

    /** What is in force, made of exactly these versions. */
    sealed interface InForce {

        List<UUID> versions();

        /** @param points that must agree */
        record Parsed(List<UUID> versions, PolicyIndex policies, List<DecisionPoints.Asked> points)
                implements InForce {}

        /** A stored set does not parse. It may hold a forbid, so nothing can be decided without it (P5). */
        record Broken(List<UUID> versions) implements InForce {}
    }

    /** The versions in force. */
    List<UUID> versions() {
        // Index policy_version_active, which holds one row a set.
        return jdbc.sql("""
                        SELECT id FROM policy_version WHERE status = 'active' ORDER BY name
                        """).query(UUID.class).list();
    }

    InForce now() {
        return current.get(ALL, () -> Optional.of(asked())).orElseThrow();
    }

    private InForce asked() {
        List<UUID> versions = versions();
        InForce known = last;
        if (known != null && known.versions().equals(versions)) {
            return known;
        }
        // The rows are read before the lock: who waits for it may hold the connection that would be missing here.
        return loaded(rows());
    }

    /** One thread parses, and others that need the same wait for that. */
    private InForce loaded(List<Row> rows) {
        loading.lock();
        try {
            InForce known = last;
            if (known != null && known.versions().equals(ids(rows))) {
                return known;
            }
            InForce loaded = load(rows);
            last = loaded;
            return loaded;
        } finally {
            loading.unlock();
        }
    }

    /** Parses what is in force, and the slices that are most likely asked for: those that were, of what was in force before. */
    void prepare() {
        InForce.Parsed before = prepared;
        if (asked() instanceof InForce.Parsed now
                && (before == null || !before.versions().equals(now.versions()))) {
            now.policies().prepareLike((before == null ? now : before).policies());
            prepared = now;
        }
    }

    /** How many policies are parsed. */
    int size() {
        return last instanceof InForce.Parsed parsed ? parsed.policies().size() : 0;
    }

    /** The members of all sets in force but one; empty: one of them cannot be read. */
    public Optional<List<PolicySubset.Member>> without(String set) {
        List<PolicySubset.Member> members = new ArrayList<>();
        for (Row row : rows()) {
            if (!row.name().equals(set)) {
                if (!(text.parse(row.cedar()) instanceof Reading.Good(List<Read> read))) {
                    return Optional.empty();
                }
                read.forEach(policy -> members.add(PolicySubset.Member.of(row.name(), row.version(), policy)));
            }
        }
        return Optional.of(members);
    }

    private List<Row> rows() {
        return jdbc.sql("""
                        SELECT id, name, version, cedar, pdp FROM policy_version WHERE status = 'active' ORDER BY name
                        """).query(Row.class).list();
    }

    private static List<UUID> ids(List<Row> rows) {
        return rows.stream().map(Row::id).toList();
    }

    private InForce load(List<Row> rows) {
        List<UUID> versions = ids(rows);
        Map<UUID, Reading> before = readBefore;
        Map<UUID, Reading> readings = new HashMap<>();
        List<PolicySubset.Member> policies = new ArrayList<>();
        for (Row row : rows) {
            Reading known = before.get(row.id());
            Reading reading = known == null ? text.parse(row.cedar()) : known;
            readings.put(row.id(), reading);
            switch (reading) {
                case Reading.Flawed(PolicyError policyError) -> {
                    LOG.error("Policy set {} version {} cannot be read: {}", row.name(), row.version(), policyError);
                    return new InForce.Broken(versions);
                }
                case Reading.Good(List<Read> read) ->
                    read.forEach(policy -> policies.add(PolicySubset.Member.of(row.name(), row.version(), policy)));
            }
        }
        readBefore = Map.copyOf(readings);
        List<DecisionPoints.Asked> points = rows.stream()
                .flatMap(row -> Stream.ofNullable(row.pdp())
                        .map(pdp -> new DecisionPoints.Asked(row.name() + "@" + row.version(), pdp)))
                .toList();
        return new InForce.Parsed(versions, new PolicyIndex(policies), points);
    }

    record Row(
            UUID id,
            String name,
            int version,
            String cedar,
            @Nullable String pdp) {}
}
