package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.testing.Postgres;
import io.errand.testing.SealableVault;
import io.errand.testing.Surroundings;
import io.errand.testing.Vaults;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A Vault that is sealed, restarted, or forbids: it is asked again, and nothing is called gone. */
class WhatVaultCannotSayIsNotGoneTest {

    private static final ToolBinding ORDERS = Rig.binding(Map.of("read", "database/creds/orders-read"));

    private static SealableVault sealable;

    @BeforeAll
    static void vault() {
        Vaults.command(); // skips before anything fails
        sealable = new SealableVault();
        Postgres orders = Postgres.shared();
        Vaults vault = sealable.vault();
        vault.root("POST", "sys/mounts/database", Map.of("type", "database"));
        vault.root(
                "POST",
                "database/config/orders",
                Map.of(
                        "plugin_name",
                        "postgresql-database-plugin",
                        "allowed_roles",
                        "orders-read",
                        "connection_url",
                        "postgresql://{{username}}:{{password}}@" + orders.host() + ":" + orders.port() + "/"
                                + database() + "?sslmode=disable",
                        "username",
                        orders.user(),
                        "password",
                        orders.password()));
        vault.root(
                "POST",
                "database/roles/orders-read",
                Map.of(
                        "db_name",
                        "orders",
                        "default_ttl",
                        "15m",
                        "creation_statements",
                        "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"));
        policy("errand-lease", "path \"database/creds/*\" { capabilities = [\"read\"] }");
        vault.root(
                "POST",
                "auth/token/roles/errand",
                Map.of("allowed_policies", "errand-lease", "orphan", true, "renewable", false));
    }

    @AfterAll
    static void close() {
        if (sealable != null) {
            sealable.close();
        }
    }

    @Test
    void sealedIsAskedAgainAndUnsealedIsSeen() {
        try (Rig rig =
                Rig.withToken(sealable.vault().address(), sealable.vault().rootToken())) {
            Order order = Rig.order(ORDERS, "read");
            String reference = issue(rig, order);

            sealable.seal();
            Destruction sealed = rig.backend.destroy(Rig.remains(order, reference));
            Destruction unrecorded = rig.backend.destroy(Rig.remains(Rig.order(ORDERS, "read"), null));
            Issuing refused = rig.backend.issue(Rig.order(ORDERS, "read"), Rig.Notebook.willing());
            sealable.unseal();
            Destruction unsealed = rig.backend.destroy(Rig.remains(order, reference));

            assertThat(sealed)
                    .isInstanceOfSatisfying(
                            Destruction.Retry.class,
                            retry -> assertThat(retry.cause()).contains("Vault is sealed"));
            assertThat(unrecorded).isInstanceOf(Destruction.Retry.class);
            assertThat(refused).isInstanceOf(Issuing.Unknown.class);
            assertThat(unsealed).isInstanceOf(Destruction.Gone.class);
        }
    }

    @Test
    void aRestartedVaultStillKnowsWhatToDestroy() {
        try (Rig rig =
                Rig.withToken(sealable.vault().address(), sealable.vault().rootToken())) {
            Order order = Rig.order(ORDERS, "read");
            String reference = issue(rig, order);

            sealable.restart();
            Destruction down = rig.backend.destroy(Rig.remains(order, reference));
            sealable.unseal();
            Destruction up = rig.backend.destroy(Rig.remains(order, reference));

            assertThat(down).isInstanceOf(Destruction.Retry.class);
            assertThat(up).isInstanceOf(Destruction.Gone.class);
        }
    }

    @Test
    void aBrokerThatMayNotLookDoesNotKnow() {
        String needed = """
                path "auth/token/create/errand" { capabilities = ["update"] }
                path "auth/token/lookup-self" { capabilities = ["read"] }
                path "auth/token/revoke-accessor" { capabilities = ["update"] }
                path "sys/leases/revoke" { capabilities = ["update"] }
                """;
        String toLook = """
                path "auth/token/lookup-accessor" { capabilities = ["update"] }
                path "sys/leases/lookup" { capabilities = ["update"] }
                """;
        policy("narrow", needed);
        String token = sealable.vault()
                .root("POST", "auth/token/create", Map.of("policies", "narrow", "no_default_policy", true))
                .path("auth")
                .path("client_token")
                .asString();
        try (Rig rig = Rig.withToken(sealable.vault().address(), token)) {
            Order order = Rig.order(ORDERS, "read");
            String reference = issue(rig, order);

            Destruction blind = rig.backend.destroy(Rig.remains(order, reference));
            Destruction unrecorded = rig.backend.destroy(Rig.remains(Rig.order(ORDERS, "read"), null));
            policy("narrow", needed + toLook);
            Destruction seeing = rig.backend.destroy(Rig.remains(order, reference));

            assertThat(blind)
                    .isInstanceOfSatisfying(
                            Destruction.Retry.class,
                            retry -> assertThat(retry.cause())
                                    .isEqualTo("Looking the token up: HTTP 403 permission denied", true));
            assertThat(unrecorded).isInstanceOf(Destruction.Retry.class);
            assertThat(seeing).isInstanceOf(Destruction.Gone.class);
        }
    }

    @Test
    void aBrokerThatMayNotMakeTokensIsRefused() {
        policy("nothing", "path \"auth/token/lookup-self\" { capabilities = [\"read\"] }");
        String token = sealable.vault()
                .root("POST", "auth/token/create", Map.of("policies", "nothing"))
                .path("auth")
                .path("client_token")
                .asString();
        try (Rig rig = Rig.withToken(sealable.vault().address(), token)) {
            Issuing issuing = rig.backend.issue(Rig.order(ORDERS, "read"), Rig.Notebook.willing());

            assertThat(issuing).isEqualTo(new Issuing.Refused("Vault made no token: HTTP 403 permission denied", true));
        }
    }

    private static String issue(Rig rig, Order order) {
        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        return ((Issuing.Issued) issuing).reference();
    }

    private static void policy(String name, String rules) {
        sealable.vault().root("PUT", "sys/policies/acl/" + name, Map.of("policy", rules));
    }

    /** The first use of its issuers makes the database. */
    private static String database() {
        return Surroundings.WORKLOADS.url().isEmpty() ? "" : Surroundings.TARGET_DATABASE;
    }
}
