package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import io.errand.testing.OwnServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a target's settings say is true from the start, or refused with the key's name; what changes in files is read again. */
class TargetSettingsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "url          | postgres://db/orders                                   | errand.targets.t.url must be",
                "url          | jdbc:postgresql://db:x/orders                          | errand.targets.t.url must be",
                "url          | jdbc:postgresql://a:1,b:99999/orders                   | errand.targets.t.url must be",
                "url          | jdbc:postgresql://db/orders?user=x                     | errand.targets.t.url must not hold user",
                "url          | jdbc:postgresql://db/orders?options=-csearch_path=x    | errand.targets.t.url must not hold options",
                "url          | jdbc:postgresql://db/orders?currentSchema=x            | errand.targets.t.url must not hold currentSchema",
                "url          | jdbc:postgresql://db/orders?targetServerType=any       | errand.targets.t.url must not hold targetServerType",
                "agent-url    | jdbc:postgresql://a:1,b:2/orders                       | errand.targets.t.agent-url names several hosts",
                "agent-url    | nonsense                                               | errand.targets.t.agent-url must be",
                "agent-url    | jdbc:postgresql://db/orders?password=x                 | errand.targets.t.agent-url must not hold user or password",
                "standby      | jdbc:postgresql://a:1,b:2/orders                       | errand.targets.t.standbys[0] names several hosts",
                "standby      | nonsense                                               | errand.targets.t.standbys[0] must be",
                "scram        | 0                                                      | errand.targets.t.scram-iterations is a number from 1",
                "scram        | 1000001                                                | errand.targets.t.scram-iterations is a number from 1",
                "accept       | everything                                             | errand.targets.t.accept knows set_role alone",
                "agent-ca-file| ../pom.xml                                             | errand.targets.t.agent-ca-file cannot be read",
                "agent-ca-file| /nowhere                                               | errand.targets.t.agent-ca-file cannot be read"
            })
    void whatCannotWorkIsRefusedAtStart(String setting, String value, String sentence) {
        String url = setting.equals("url") ? value : "jdbc:postgresql://db/orders";
        assertThatThrownBy(() -> TargetProperties.of(Map.of(
                        "t",
                        new TargetProperties.Target(
                                url,
                                "u",
                                new Secret("x"),
                                null,
                                8,
                                10,
                                setting.equals("scram") ? Integer.parseInt(value) : 4096,
                                null,
                                setting.equals("standby") ? List.of(value) : List.of(),
                                setting.equals("agent-url") ? value : null,
                                setting.equals("agent-ca-file") ? Path.of(value) : null,
                                setting.equals("accept") ? Set.of(value) : Set.of(),
                                TargetProperties.Leftovers.DROP))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence);
    }

    @Test
    void agentsGetTheirOwnAddressAndWhatTheyKnowTheServerBy() throws Exception {
        Path authority = Path.of("src/test/resources/agent-ca.pem");
        try (Target target = new Target(
                "t",
                new TargetProperties.Target(
                        "jdbc:postgresql://10.0.0.5:6000/orders?sslmode=verify-full&sslrootcert=/etc/errand/ca.pem",
                        "u",
                        new Secret("x"),
                        null,
                        8,
                        10,
                        4096,
                        null,
                        List.of(),
                        "jdbc:postgresql://orders.example/orders?sslmode=verify-full",
                        authority,
                        Set.of(),
                        TargetProperties.Leftovers.DROP))) {
            assertThat(target.address())
                    .containsExactly(
                            Map.entry("host", "orders.example"),
                            Map.entry("port", 5432),
                            Map.entry("database", "orders"),
                            Map.entry("ca", Files.readString(authority)));
            assertThat(target.jdbcUrl()).isEqualTo("jdbc:postgresql://orders.example/orders?sslmode=verify-full");
        }
    }

    /** The list was once read as one port. */
    @ParameterizedTest
    @EnumSource
    void severalHostsAreWhicheverIsThePrimary(OwnServer.Version version) throws Exception {
        try (DocumentedTarget target = new DocumentedTarget(version);
                OwnServer standby = target.server.standby()) {
            // The standby is named first.
            target.use(target.settings().at(standby.urlWith(target.server, "orders")));
            UUID lease = Ids.next();

            Map<String, Object> credential = target.issue(lease, List.of("read"));

            assertThat(credential)
                    .containsEntry("host", "127.0.0.1")
                    .containsEntry("port", target.server.port())
                    .containsEntry("jdbc_url", standby.urlWith(target.server, "orders") + "?targetServerType=primary");
            DocumentedTarget.connect(String.valueOf(credential.get("jdbc_url")), credential)
                    .close();
            assertThat(target.destroy(lease)).isInstanceOf(Destruction.Gone.class);
        }
    }

    @Test
    void aChangedPasswordIsUsedAtTheNextConnection() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "choose-another\n");
        try (DocumentedTarget documented = new DocumentedTarget(OwnServer.Version.POSTGRES_18)) {
            documented.requirePasswords();
            try (Target target = new Target("t", documented.settings().target(password))) {
                String before = session(target);
                assertThat(session(target)).isEqualTo(before);

                documented.execute("ALTER ROLE errand_broker PASSWORD 'changed'");
                Files.writeString(password, "changed\n");
                Files.setLastModifiedTime(password, FileTime.from(Instant.now().plusSeconds(5)));

                assertThat(session(target))
                        .as("another session, with the new password")
                        .isNotEqualTo(before);
                Files.writeString(password, "wrong");
                Files.setLastModifiedTime(password, FileTime.from(Instant.now().plusSeconds(10)));
                assertThatThrownBy(() -> session(target)).hasStackTraceContaining("password authentication failed");
            }
        }
    }

    @Test
    void targetsOfAFileComeChangeAndGoWithoutARestart() throws Exception {
        Path file = Files.writeString(folder.resolve("targets.yaml"), yaml("one", 4));
        TargetProperties.Target fixed =
                new DocumentedTarget.Settings("jdbc:postgresql://db/fixed", List.of(), Set.of()).target();
        Targets targets = new Targets(new TargetProperties(Map.of("fixed", fixed), file));
        Target one = targets.byName("one").orElseThrow();
        Target standing = targets.byName("fixed").orElseThrow();

        rewrite(file, yaml("one", 4) + yaml("two", 5).replace("errand:\n  targets:\n", ""));
        assertThat(targets.byName("one")).containsSame(one);
        assertThat(targets.byName("two"))
                .get()
                .satisfies(two -> assertThat(two.settings().poolSize()).isEqualTo(5));

        rewrite(file, yaml("two", 0));
        assertThat(targets.byName("two")).as("what is wrong changes nothing").isPresent();
        assertThat(targets.byName("one")).containsSame(one);

        rewrite(file, yaml("two", 6));
        assertThat(targets.byName("one")).isEmpty();
        assertThat(targets.byName("two"))
                .get()
                .satisfies(two -> assertThat(two.settings().poolSize()).isEqualTo(6));
        assertThat(targets.byName("fixed")).containsSame(standing);
        targets.destroy();
        assertThatThrownBy(() -> new Targets(new TargetProperties(Map.of(), folder.resolve("nowhere"))))
                .hasMessageStartingWith("errand.targets-file cannot be read");
    }

    private static String yaml(String name, int poolSize) {
        return "errand:\n  targets:\n    " + name + ":\n      url: jdbc:postgresql://db/orders\n      username: u\n"
                + "      password: x\n      pool-size: " + poolSize + "\n";
    }

    private static void rewrite(Path file, String text) throws Exception {
        Files.writeString(file, text);
        Files.setLastModifiedTime(
                file, FileTime.from(Files.getLastModifiedTime(file).toInstant().plusSeconds(1)));
    }

    private static String session(Target target) throws Exception {
        try (var connection = target.connect();
                var row = connection.createStatement().executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return row.getString(1);
        }
    }
}
