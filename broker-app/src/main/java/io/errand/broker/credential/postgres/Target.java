package io.errand.broker.credential.postgres;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.errand.broker.credential.Use;
import io.errand.broker.credential.postgres.settings.Address;
import io.errand.broker.credential.postgres.settings.TargetConnections;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import io.errand.broker.shared.RecentMap;
import io.errand.broker.shared.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.HostSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One database and the pool of the broker's own connections to it; none is opened before the first is asked for. */
public final class Target implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Target.class);

    private static final int FIRST = 2;

    /** Logins whose removal may take several tries; of the others beyond, a receipt does not say how many sessions were ended. */
    private static final int MOST_UNDER_WAY = 10_000;

    private final String name;
    private final TargetProperties.Target settings;
    private final Address address;
    private final TargetConnections connections;
    private final HikariDataSource pool;
    /**
     * For what must not wait until work on others gives a connection back, nor until a busy server has let one in: they stay open
     * once the target is used.
     */
    private final HikariDataSource first;

    private final AtomicBoolean used = new AtomicBoolean();

    private final FirstCuts firstCuts;
    private final Standbys standbys;
    /** Another replica may finish what this one began, so some are never taken out. */
    private final Map<String, RemovalProgress> underWay = Collections.synchronizedMap(new RecentMap<>(MOST_UNDER_WAY));

    private volatile @Nullable FileTime passwordWritten;

    Target(String name, TargetProperties.Target settings) {
        this.name = name;
        this.settings = settings;
        this.address = settings.address();
        // A standby would say that a login is absent which the primary has.
        this.connections = new TargetConnections(address.url(), settings.username(), settings::login, "primary");
        this.passwordWritten = passwordWritten();
        this.pool = pool("target-" + name, settings.poolSize(), connections);
        this.first = pool("target-" + name + "-first", FIRST, connections);
        first.setMinimumIdle(FIRST);
        this.firstCuts = new FirstCuts(this);
        this.standbys = new Standbys(name, settings);
    }

    public String name() {
        return name;
    }

    public TargetProperties.Target settings() {
        return settings;
    }

    int connectionLimit() {
        return settings.connectionLimit();
    }

    int scramIterations() {
        return settings.scramIterations();
    }

    @Nullable
    String reassignTo() {
        return settings.reassignTo();
    }

    TargetProperties.Leftovers leftovers() {
        return settings.leftovers();
    }

    FirstCuts firstCuts() {
        return firstCuts;
    }

    /** What was done to a login so far. */
    RemovalProgress progress(String login) {
        return underWay.computeIfAbsent(login, one -> new RemovalProgress());
    }

    void removed(String login) {
        underWay.remove(login);
    }

    /** Where else its logins can be used. */
    public Standbys standbys() {
        return standbys;
    }

    /** To the primary. After the password file has changed, every connection is a new one, made with what it says now. */
    public Connection connect() throws SQLException {
        if (used.compareAndSet(false, true)) {
            Thread.ofVirtual().start(this::openFirst);
        }
        return from(pool);
    }

    private void openFirst() {
        try {
            first.getConnection().close();
        } catch (SQLException e) {
            LOG.debug("{}: {}", name, e.getMessage()); // the pool goes on trying
        }
    }

    /** The same, for what takes power from many logins at once: others' work does not keep it waiting. */
    Connection connectFirst() throws SQLException {
        return from(first);
    }

    private Connection from(HikariDataSource some) throws SQLException {
        FileTime written = passwordWritten();
        if (!Objects.equals(written, passwordWritten)) {
            passwordWritten = written;
            evict(pool);
            evict(first);
            standbys.evict();
        }
        return some.getConnection();
    }

    /** The database of its url. */
    String database() {
        return address.database();
    }

    /** A connection of its own to another database of the same server, or to this one; who asks for it closes it. */
    public Connection connect(String database) throws SQLException {
        return connections.to(address.toDatabase(database));
    }

    /** Logs in by the address that the broker itself uses, and asks for one row. */
    Use loginAs(String login, Secret password) {
        TargetConnections theirs = new TargetConnections(address.url(), login, () -> password, "primary");
        try (Connection connection = theirs.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1")) {
            return row.next()
                    ? new Use.Worked("It logged in to the database '" + connection.getCatalog() + "' at the target '"
                            + name + "', which answered SELECT 1.")
                    : new Use.Failed(name + ": SELECT 1 gave no row.");
        } catch (SQLException e) {
            return new Use.Failed("It cannot log in: " + PostgresBackend.cause(this, e));
        }
    }

    private @Nullable FileTime passwordWritten() {
        Path file = settings.passwordFile();
        try {
            return file == null ? null : Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Where an agent connects: {@code agent-url}, else the host of {@code url} that the broker reached last. {@code ca} is what
     * it knows the server by.
     *
     * @throws SQLException {@code agent-ca-file} cannot be read any more
     */
    Map<String, Object> address() throws SQLException {
        Address agents = Address.parse(settings.agentUrl()).orElse(address);
        HostSpec reached = connections.last();
        boolean byList = settings.agentUrl() == null && agents.hasSeveralHosts() && reached != null;
        Map<String, Object> shown = new LinkedHashMap<>(agents.at(
                byList ? Objects.requireNonNull(reached) : agents.hosts().getFirst()));
        if (settings.agentCaFile() != null) {
            try {
                shown.put("ca", Files.readString(settings.agentCaFile()));
            } catch (IOException e) {
                throw new SQLException("agent-ca-file cannot be read", "F0000", e);
            }
        }
        return shown;
    }

    /** The same for the driver; the settings that are the broker's own are left out. */
    String jdbcUrl() {
        return settings.agentUrl() == null ? address.withoutSettings() : settings.agentUrl();
    }

    @Override
    public void close() {
        pool.close();
        first.close();
        standbys.close();
    }

    /** What is in use is closed when it is given back. */
    static void evict(HikariDataSource pool) {
        HikariPoolMXBean started = pool.getHikariPoolMXBean();
        if (started != null) {
            started.softEvictConnections();
        }
    }

    @SuppressWarnings("resource") // closed by whoever asked for it
    static HikariDataSource pool(String name, int size, DataSource connections) {
        // This constructor opens nothing: a target that is down does not keep the service from starting.
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName(name);
        pool.setDataSource(connections);
        pool.setMaximumPoolSize(size);
        pool.setMinimumIdle(0);
        pool.setInitializationFailTimeout(-1);
        pool.setConnectionTimeout(TargetConnections.CONNECT.toMillis());
        pool.setValidationTimeout(TargetConnections.CONNECT.toMillis() / 2);
        pool.setIdleTimeout(Duration.ofMinutes(1).toMillis());
        pool.setConnectionInitSql(TargetConnections.INIT);
        return pool;
    }
}
