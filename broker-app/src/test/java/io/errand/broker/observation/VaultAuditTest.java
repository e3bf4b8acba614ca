package io.errand.broker.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.audit.Audit;
import io.errand.broker.credential.vault.DocumentedVault;
import io.errand.broker.lease.Leases;
import io.errand.broker.lease.LoggedLeases;
import io.errand.broker.observation.ObservationProperties.From;
import io.errand.broker.observation.ObservationProperties.Kind;
import io.errand.broker.observation.ObservationProperties.Source;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Vaults;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/** What a real Vault's audit device writes is joined to leases by their tokens' accessors, which it hashes. */
@BrokerTest
class VaultAuditTest {

    private static final String PATH = "database/creds/orders-read";

    private static Path log = Path.of("audit.log");

    private final Scene scene;
    private final ObservationTables tables;
    private final Leases leases;
    private final LoggedLeases logged;
    private final Outbound outbound;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final String name = Scene.name("vault");

    @Autowired
    VaultAuditTest(
            @LocalServerPort int port,
            ObservationTables tables,
            Leases leases,
            LoggedLeases logged,
            Outbound outbound,
            Audit audit,
            TransactionTemplate transaction,
            Clock clock) {
        scene = new Scene(port);
        this.tables = tables;
        this.leases = leases;
        this.logged = logged;
        this.outbound = outbound;
        this.audit = audit;
        this.transaction = transaction;
        this.clock = clock;
    }

    @BeforeAll
    static void thereIsAVault() {
        Vaults.onHost(); // skips before the service is started
    }

    @DynamicPropertySource
    static void vault(DynamicPropertyRegistry registry) throws IOException {
        DocumentedVault documented = DocumentedVault.get();
        documented.settings().forEach((key, value) -> registry.add(key, () -> value));
        log = Files.createTempDirectory("errand-vault-audit").resolve("audit.log");
        documented
                .vault()
                .root("PUT", "sys/audit/file", Map.of("type", "file", "options", Map.of("file_path", log.toString())));
    }

    @AfterAll
    static void others() {
        DocumentedVault.get().vault().root("DELETE", "sys/audit/file", null);
    }

    private Observations reader(String device) {
        Source source = new Source(
                Kind.VAULT_AUDIT,
                log,
                List.of(),
                null,
                "vault",
                Set.of("approle"),
                From.BEGINNING,
                device,
                List.of("database/creds/"));
        return new Observations(
                new ObservationProperties(Map.of(name, source), Duration.ofDays(400)),
                tables,
                leases,
                logged,
                outbound,
                audit,
                transaction,
                clock);
    }

    private record Granted(String task, String lease) {}

    private Granted granted() {
        String agent = Scene.name("observed");
        Answer tool = scene.admin()
                .put(
                        "/admin/v1/tools/" + agent,
                        Map.of(
                                "backend",
                                "vault",
                                "actions",
                                List.of("read"),
                                "sensitivity",
                                "internal",
                                "environment",
                                "production",
                                "config",
                                Map.of("token_role", "errand", "path", Map.of("read", PATH))));
        assertThat(tool.status()).as(tool.text()).isEqualTo(201);
        scene.agent(agent, agent, Map.of());
        scene.policy(agent, "permit(principal == Errand::Agent::\"" + agent + "\", action, resource);");
        Answer answer = scene.exchange(Scene.request(agent, agent, "read"));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        String lease = answer.json().path("credentials").get(0).path("lease_id").asString();
        return new Granted(leases.find(UUID.fromString(lease)).orElseThrow().task(), lease);
    }

    private JsonNode access(String task) {
        return scene.as("errand.auditor")
                .get("/admin/v1/audit/access?task=" + task)
                .json();
    }

    private List<JsonNode> alarms() {
        return scene.events("kind=observation.unleased").stream()
                .map(event -> event.path("details"))
                .filter(details -> details.path("source").asString().equals(name))
                .toList();
    }

    /** A token of the documented role that somebody with the right to make one has made, and what it reads. */
    private static void readAs(Map<String, ?> token) throws Exception {
        Vaults vault = DocumentedVault.get().vault();
        String made = vault.root("POST", "auth/token/create/errand", token)
                .path("auth")
                .path("client_token")
                .asString();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(client.send(
                                    HttpRequest.newBuilder(URI.create(vault.address() + "/v1/" + PATH))
                                            .header("X-Vault-Token", made)
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void whatALeasesTokenReadStandsBesideItAndAForgedOneIsTold() throws Exception {
        Granted granted = granted();
        readAs(Map.of("display_name", "x-" + granted.lease, "meta", Map.of("lease_id", granted.lease)));
        readAs(Map.of("display_name", "by-hand"));

        reader("file").read();
        reader("file").read();

        assertThat(access(granted.task).path("observed").values())
                .filteredOn(row -> row.path("source").asString().equals(name))
                .extracting(row ->
                        row.path("login").asString() + " " + row.path("what").asString() + " "
                                + row.path("command").asString() + " "
                                + row.path("object").asString() + " "
                                + row.path("times").asLong())
                .containsExactly("token-" + granted.lease + " request read " + PATH + " 1");
        assertThat(alarms())
                .filteredOn(details -> !details.path("login").asString().startsWith("token-probe"))
                .extracting(details -> details.path("login").asString() + ": "
                        + details.path("reason").asString())
                .containsExactlyInAnyOrder(
                        "token-x-" + granted.lease + ": its token is not the lease's, whose id it bears",
                        "token-by-hand: the login is of no lease");
    }

    /** Nothing is lost meanwhile: it is read again when Vault answers. */
    @Test
    void aDeviceThatVaultDoesNotKnowIsSaidAndNothingIsTakenAsRead() throws Exception {
        Granted granted = granted();

        Observations mistaken = reader("another");
        mistaken.read();

        assertThat(mistaken.failure(name)).get().asString().contains("sys/audit-hash/another");
        assertThat(access(granted.task).path("observed").values()).isEmpty();
        reader("file").read();
        assertThat(access(granted.task).path("observed").values()).isNotEmpty();
    }

    @Test
    void whoeverIsNotLoggedInIsNobody() {
        assertThatThrownBy(() -> DocumentedVault.get().vault().root("GET", "sys/no-such", null))
                .isInstanceOf(IllegalStateException.class);
        reader("file").read();

        assertThat(alarms())
                .noneMatch(details -> details.path("login").asString().equals("root"));
    }
}
