package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.shared.Secret;
import io.errand.testing.MariaDb;
import io.errand.testing.RabbitMq;
import io.errand.testing.Redis;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each engine's section of {@code docs/vault.md}, run as it stands: a session of its credential ends when the lease does. */
class DocumentedEnginesTest {

    private Rig rig;

    @BeforeEach
    void broker() {
        rig = DocumentedVault.get().broker();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void sessionsOfMariaDbEndWithTheirLease() throws SQLException {
        MariaDb server = MariaDb.shared();
        DocumentedVault.get().run("MariaDB and MySQL", Map.of("SHOP_ADDR", server.address()), server::execute);
        Made made = make("database/creds/shop-read");
        try (Connection session = server.connect(made.name(), made.password())) {
            session.createStatement().execute("SELECT item FROM shop.orders");
            assertThatThrownBy(() -> session.createStatement().execute("DELETE FROM shop.orders"))
                    .hasMessageContaining("denied");
            session.setAutoCommit(false);
            session.createStatement().execute("SELECT item FROM shop.orders FOR UPDATE");

            gone(made);

            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
        }
        assertThatThrownBy(() -> server.connect(made.name(), made.password()))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("Access denied");
        assertThat(made.name()).startsWith("errand_token-" + made.order().lease() + "_");
    }

    @Test
    void sessionsOfRedisEndWithTheirLease() throws IOException {
        Redis server = Redis.shared();
        DocumentedVault.get()
                .run("Redis", Map.of("REDIS_HOST", "127.0.0.1", "REDIS_PORT", String.valueOf(server.port())), sql -> {
                    throw new AssertionError("Redis knows no SQL");
                });
        Made made = make("database/creds/cache-read");
        try (Redis.Session session = server.connect()) {
            assertThat(session.say("AUTH " + made.name() + " " + made.password()))
                    .isEqualTo("+OK");
            assertThat(session.say("GET orders:1")).isEqualTo("$-1");
            assertThat(session.say("GET customers:1")).startsWith("-NOPERM");
            assertThat(session.say("ACL SETUSER mine on nopass ~* +@all")).startsWith("-NOPERM");

            gone(made);

            assertThat(session.say("GET orders:1")).isNull();
        }
        try (Redis.Session again = server.connect()) {
            assertThat(again.say("AUTH " + made.name() + " " + made.password())).startsWith("-WRONGPASS");
        }
        assertThat(made.name())
                .startsWith("V_TOKEN-" + made.order().lease().toString().toUpperCase(Locale.ROOT));
    }

    @Test
    void connectionsOfRabbitMqEndWithTheirLease() throws Exception {
        RabbitMq server = RabbitMq.shared();
        DocumentedVault.get().run("RabbitMQ", server.environment(), sql -> {
            throw new AssertionError("RabbitMQ knows no SQL");
        });
        Made made = make("rabbitmq/creds/orders-read");
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(server.port());
        factory.setUsername(made.name());
        factory.setPassword(made.password());
        factory.setAutomaticRecoveryEnabled(false);
        var connection = factory.newConnection();
        connection.createChannel().basicConsume("orders", true, (tag, message) -> {}, tag -> {});
        assertThatThrownBy(() -> connection.createChannel().queueDeclare("mine", false, false, false, null))
                .hasRootCauseInstanceOf(ShutdownSignalException.class)
                .hasStackTraceContaining("ACCESS_REFUSED");

        gone(made);

        Awaitility.await("the connection is closed by the server")
                .atMost(10, TimeUnit.SECONDS)
                .until(() -> !connection.isOpen());
        assertThatThrownBy(factory::newConnection).isInstanceOf(IOException.class);
        assertThat(made.name()).startsWith("errand_token-" + made.order().lease() + "_");
    }

    @Test
    void aCertificateIsMadeAndPutOnTheRevocationList() {
        ToolBinding toolBinding = Rig.shown("pki");
        assertThat(rig.backend.check(toolBinding)).isEmpty();
        assertThat(rig.backend.probe(toolBinding)).isEmpty();
        Order order = Rig.order(toolBinding, "call");

        Issuing.Issued issued = (Issuing.Issued) rig.backend.issue(order, Rig.Notebook.willing());

        assertThat(String.valueOf(issued.data().get("certificate"))).startsWith("-----BEGIN CERTIFICATE-----");
        assertThat(rig.backend.use(toolBinding, issued.data()))
                .isInstanceOfSatisfying(
                        Use.Worked.class, use -> assertThat(use.seen()).contains("pki/cert/ca publishes"));
        Issuing.Issued another =
                (Issuing.Issued) rig.backend.issue(Rig.order(toolBinding, "call"), Rig.Notebook.willing());
        Map<String, Object> foreign = new LinkedHashMap<>(issued.data());
        foreign.put("issuing_ca", another.data().get("certificate"));
        assertThat(rig.backend.use(toolBinding, foreign))
                .as("what did not sign it is no authority of it")
                .isInstanceOf(Use.Failed.class);
        assertThat(rig.backend.destroy(Rig.remains(order, issued.reference())))
                .as("whoever does not read the list accepts it until its end")
                .isInstanceOf(Destruction.Lingers.class);
    }

    private record Made(Order order, Issuing.Issued issued) {

        String name() {
            return (String) Objects.requireNonNull(issued.data().get("username"));
        }

        String password() {
            return ((Secret) Objects.requireNonNull(issued.data().get("password"))).reveal();
        }
    }

    /** What the page sets up is right, can be tried, and makes a credential. */
    private Made make(String path) {
        ToolBinding toolBinding = Rig.binding(Map.of("read", path));
        assertThat(rig.findings(path)).isEqualTo(List.of());
        assertThat(rig.backend.check(toolBinding)).isEmpty();
        assertThat(rig.backend.probe(toolBinding)).isEmpty();
        Order order = Rig.order(toolBinding, "read");
        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        return new Made(order, (Issuing.Issued) issuing);
    }

    private void gone(Made made) {
        Destruction end =
                rig.backend.destroy(Rig.remains(made.order(), made.issued().reference()));
        assertThat(end).isInstanceOfSatisfying(Destruction.Gone.class, gone -> {
            assertThat(gone.statement()).endsWith("Nobody looked for open sessions at its target.");
            assertThat(gone.facts()).containsEntry("sessions", "not_looked_at");
        });
    }
}
