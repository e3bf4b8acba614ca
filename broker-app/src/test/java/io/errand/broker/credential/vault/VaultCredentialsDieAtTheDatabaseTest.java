package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Extension;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.shared.Secret;
import io.errand.testing.Postgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Vault's database engine on a real PostgreSQL, set up as {@code docs/vault.md} says, the broker with that page's rights. */
class VaultCredentialsDieAtTheDatabaseTest {

    private static final ToolBinding ORDERS = Rig.shown("postgresql");

    private static Rig rig;

    @BeforeAll
    static void broker() {
        rig = DocumentedVault.get().broker();
    }

    @AfterAll
    static void close() {
        if (rig != null) {
            rig.close();
        }
    }

    @Test
    void aLoginCarriesItsLeaseAndMayDoWhatItsActionsSay() throws SQLException {
        Order order = Rig.order(ORDERS, "read");
        Rig.Notebook notebook = Rig.Notebook.willing();

        Issuing.Issued issued = issued(order, notebook);

        assertThat((String) issued.data().get("username")).startsWith("errand_token-" + order.lease() + "_");
        assertThat(issued.data().get("password")).isInstanceOf(Secret.class);
        assertThat(issued.data()).doesNotContainKey("lease_id");
        assertThat(issued.validUntil()).isEqualTo(order.term().until());
        assertThat(notebook.references).hasSize(2).last().isEqualTo(issued.reference());
        assertThat(issued.reference()).doesNotContain("hvs.").doesNotContain(password(issued));
        try (Connection session = login(issued);
                var rows = session.createStatement().executeQuery("SELECT count(*) FROM orders")) {
            assertThat(rows.next()).isTrue();
        }
        assertThat(rig.backend.destroy(Rig.remains(order, issued.reference()))).isInstanceOf(Destruction.Gone.class);
    }

    @Test
    void aLeasesTokenIsAnOrphanThatEndsWithTheLease() {
        Order order = Rig.order(ORDERS, "read");
        Rig.Notebook notebook = Rig.Notebook.willing();
        Issuing.Issued issued = issued(order, notebook);

        var token = DocumentedVault.get()
                .vault()
                .root("POST", "auth/token/lookup-accessor", Map.of("accessor", accessor(issued.reference())))
                .path("data");

        assertThat(token.path("orphan").asBoolean()).isTrue();
        assertThat(token.path("policies").toString()).isEqualTo("[\"errand-lease\"]");
        assertThat(token.path("display_name").asString()).isEqualTo("token-" + order.lease());
        assertThat(token.path("meta").path("lease_id").asString())
                .isEqualTo(order.lease().toString());
        assertThat(token.path("meta").path("task").asString()).isEqualTo("0199aaaa-0000-7000-8000-000000000001");
        assertThat(token.path("explicit_max_ttl").asInt())
                .as("no renewal passes the task's end")
                .isBetween(590, 600);
        assertThat(Instant.parse(token.path("expire_time").asString()))
                .isBefore(order.term().until().plusSeconds(1));
        rig.backend.destroy(Rig.remains(order, issued.reference()));
    }

    @Test
    void destroyCutsTheOpenSessionAndLeavesNothing() throws SQLException {
        Order order = Rig.order(ORDERS, "write");
        Issuing.Issued issued = issued(order, Rig.Notebook.willing());
        try (Connection session = login(issued)) {
            session.createStatement().execute("INSERT INTO orders VALUES (1000, 'ribbon')");
            session.createStatement().execute("DELETE FROM orders WHERE id = 1000");

            Destruction end = rig.backend.destroy(Rig.remains(order, issued.reference()));

            Destruction.Gone gone = gone(end);
            assertThat(gone.kind()).isEqualTo("absent");
            assertThat(gone.facts())
                    .containsEntry("lease_lookup", "HTTP 400 invalid lease")
                    .containsEntry("accessor_lookup", "HTTP 400 invalid accessor")
                    .containsKeys("vault_lease", "accessor_sha256");
            assertThat(gone.facts().toString()).doesNotContain(accessor(issued.reference()));
            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
        }
        assertThatThrownBy(() -> login(issued)).isInstanceOf(SQLException.class);
        assertThat(logins(order.lease())).isZero();
        assertThat(rig.finds(order.lease())).isFalse();
    }

    @Test
    void destroyMayBeRepeated() {
        Order order = Rig.order(ORDERS, "read");
        Issuing.Issued issued = issued(order, Rig.Notebook.willing());

        Destruction first = rig.backend.destroy(Rig.remains(order, issued.reference()));
        Destruction second = rig.backend.destroy(Rig.remains(order, issued.reference()));

        assertThat(gone(first).kind()).isEqualTo("absent");
        assertThat(gone(second).facts()).isEqualTo(gone(first).facts());
    }

    @Test
    void aRenewedLoginLivesLongerAndNeverPastItsTask() throws SQLException {
        Order order = Rig.order(ORDERS, "read");
        Issuing.Issued issued = issued(order, Rig.Notebook.willing());
        Backend.Remains remains = Rig.remains(order, issued.reference());

        Extension longer = rig.backend.extend(remains, in(420));
        Instant expiry = tokenExpiry(issued);
        Extension tooLong = rig.backend.extend(remains, in(1200));

        assertThat(longer)
                .isInstanceOfSatisfying(
                        Extension.Extended.class,
                        given -> assertThat(given.validUntil())
                                .isBetween(
                                        order.term().until().plusSeconds(115),
                                        order.term().until().plusSeconds(121)));
        assertThat(expiry)
                .isBetween(
                        order.term().until().plusSeconds(115),
                        order.term().until().plusSeconds(121));
        assertThat(tooLong)
                .isInstanceOfSatisfying(
                        Extension.Extended.class,
                        given -> assertThat(given.validUntil())
                                .isBefore(order.taskTerm().until().plusSeconds(2)));
        assertThat(tokenExpiry(issued)).isBefore(order.taskTerm().until().plusSeconds(2));
        try (Connection session = login(issued)) {
            assertThat(session.isValid(2)).isTrue();
        }
        assertThat(rig.backend.destroy(remains)).isInstanceOf(Destruction.Gone.class);
        assertThat(rig.backend.extend(remains, in(420)))
                .as("nothing is brought back")
                .isNotInstanceOf(Extension.Extended.class);
        assertThat(logins(order.lease())).isZero();
    }

    @Test
    void aRoleWhoseTokensAreNotRenewableSaysSo() {
        DocumentedVault.get()
                .vault()
                .root(
                        "POST",
                        "auth/token/roles/short",
                        Map.of("allowed_policies", "errand-lease", "orphan", true, "renewable", false));
        Rig root = Rig.withToken(
                DocumentedVault.get().vault().address(),
                DocumentedVault.get().vault().rootToken());
        ToolBinding toolBinding = new ToolBinding(
                "a-tool",
                List.of("read"),
                Map.of("path", Map.of("read", "database/creds/orders-read"), "token_role", "short"));
        Order order = Rig.order(toolBinding, "read");
        Issuing.Issued issued = (Issuing.Issued) root.backend.issue(order, Rig.Notebook.willing());

        Extension extension = root.backend.extend(Rig.remains(order, issued.reference()), in(360));

        assertThat(extension)
                .isInstanceOfSatisfying(
                        Extension.NotExtendable.class,
                        no -> assertThat(no.reason()).contains("renewable=false"));
        assertThat(root.backend.destroy(Rig.remains(order, issued.reference()))).isInstanceOf(Destruction.Gone.class);
        root.close();
    }

    @Test
    void ofALeaseOfWhichNothingWasMadeItIsSaidWhatWasLookedThrough() {
        Order order = Rig.order(ORDERS, "read");

        Destruction end = rig.backend.destroy(Rig.remains(order, null));

        assertThat((Integer) gone(end).facts().get("accessors_looked_through")).isPositive();
    }

    @Test
    void aLeaseKilledBeforeTheReadLeavesNoTokenAndNoLogin() {
        Order order = Rig.order(ORDERS, "read");

        Issuing issuing = rig.backend.issue(order, Rig.Notebook.refusingAfter(0));

        assertThat(issuing).isInstanceOf(Issuing.Unknown.class);
        assertThat(rig.finds(order.lease())).isFalse();
        assertThat(logins(order.lease())).isZero();
    }

    @Test
    void aLeaseKilledAfterTheReadLeavesNoTokenAndNoLogin() {
        Order order = Rig.order(ORDERS, "read");

        Issuing issuing = rig.backend.issue(order, Rig.Notebook.refusingAfter(1));

        assertThat(issuing).isInstanceOf(Issuing.Unknown.class);
        assertThat(rig.finds(order.lease())).isFalse();
        assertThat(logins(order.lease())).isZero();
    }

    @Test
    void aTokenWhoseAccessorWasNeverRecordedIsFoundByItsMetadata() {
        Order order = Rig.order(ORDERS, "read");
        assertThatThrownBy(() -> rig.backend.issue(order, Rig.Notebook.dyingAfter(0)))
                .isInstanceOf(Rig.Killed.class);
        assertThat(rig.finds(order.lease())).isTrue();

        Destruction end = rig.backend.destroy(Rig.remains(order, null));

        assertThat(gone(end).facts()).containsKey("accessor_sha256");
        assertThat(rig.finds(order.lease())).isFalse();
    }

    @Test
    void aLoginWhoseVaultLeaseIsNotKnownDiesToo() {
        Order order = Rig.order(ORDERS, "read");
        Rig.Notebook notebook = Rig.Notebook.dyingAfter(1);
        assertThatThrownBy(() -> rig.backend.issue(order, notebook)).isInstanceOf(Rig.Killed.class);
        assertThat(logins(order.lease())).isOne();

        Destruction end = rig.backend.destroy(Rig.remains(order, notebook.references.getFirst()));

        assertThat(gone(end).facts()).containsKeys("leases_looked_through", "queued_leases_revoked");
        assertThat(logins(order.lease())).isZero();
        assertThat(rig.finds(order.lease())).isFalse();
    }

    @Test
    void oneCredentialIsNotTwoLogins() {
        Order order = Rig.order(ORDERS, "read", "write");

        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());

        assertThat(issuing)
                .isInstanceOfSatisfying(
                        Issuing.Refused.class,
                        refused -> assertThat(refused.reason())
                                .isEqualTo("The actions read, write are at 2 paths in Vault, and one credential cannot"
                                        + " be several users: ask for them one by one."));
        assertThat(rig.finds(order.lease())).isFalse();
    }

    @Test
    void actionsWithOnePathAreOneLogin() {
        ToolBinding same =
                Rig.binding(Map.of("read", "database/creds/orders-write", "write", "database/creds/orders-write"));
        Order order = Rig.order(same, "read", "write");

        Issuing.Issued issued = issued(order, Rig.Notebook.willing());

        assertThat(gone(rig.backend.destroy(Rig.remains(order, issued.reference())))
                        .kind())
                .isEqualTo("absent");
    }

    @Test
    void aReadThatVaultRefusesLeavesNoToken() {
        Order order = Rig.order(Rig.binding(Map.of("read", "database/creds/no-such-role")), "read");

        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());

        assertThat(issuing)
                .isEqualTo(new Issuing.Refused(
                        "Vault refuses database/creds/no-such-role: HTTP 403 permission denied", true));
        assertThat(rig.finds(order.lease())).isFalse();
    }

    @Test
    void othersTokensAreNotListed() {
        Order order = Rig.order(ORDERS, "read");
        var vault = DocumentedVault.get().vault();
        vault.root(
                "POST",
                "auth/token/create/errand",
                Map.of("ttl", "60s", "meta", Map.of("lease_id", order.lease().toString(), "broker", "https://other")));

        assertThat(rig.finds(order.lease())).isFalse();
    }

    private static Term in(long seconds) {
        return Term.between(Instant.now(), Instant.now().plusSeconds(seconds));
    }

    private static Instant tokenExpiry(Issuing.Issued issued) {
        return Instant.parse(DocumentedVault.get()
                .vault()
                .root("POST", "auth/token/lookup-accessor", Map.of("accessor", accessor(issued.reference())))
                .path("data")
                .path("expire_time")
                .asString());
    }

    private static Issuing.Issued issued(Order order, Rig.Notebook notebook) {
        Issuing issuing = rig.backend.issue(order, notebook);
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        return (Issuing.Issued) issuing;
    }

    private static Destruction.Gone gone(Destruction end) {
        assertThat(end).isInstanceOf(Destruction.Gone.class);
        return (Destruction.Gone) end;
    }

    private static String accessor(String reference) {
        Reference parsed = Reference.parse(reference);
        assertThat(parsed).isNotNull();
        return parsed == null ? "" : parsed.accessor();
    }

    private static Connection login(Issuing.Issued issued) throws SQLException {
        return DriverManager.getConnection(
                Postgres.shared().url("orders"), (String) issued.data().get("username"), password(issued));
    }

    private static String password(Issuing.Issued issued) {
        return Objects.requireNonNull((Secret) issued.data().get("password")).reveal();
    }

    private static int logins(UUID lease) {
        try (Connection connection = Postgres.shared().connect("orders");
                var statement = connection.prepareStatement("SELECT count(*) FROM pg_roles WHERE rolname LIKE ?")) {
            statement.setString(1, "%" + lease + "%");
            var rows = statement.executeQuery();
            rows.next();
            return rows.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
