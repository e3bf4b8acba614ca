package io.errand.quickstart.demo;

import io.errand.cli.ApplyCommand;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The step that is told only where there is a Vault. */
final class ByWayOfVault implements Step {

    private static final String PATH = "database/creds/orders-read";

    private final VaultSetup setup;

    ByWayOfVault(VaultSetup setup) {
        this.setup = setup;
    }

    /** What Vault has for one of the broker's leases. */
    private record Held(String lease, String accessor) {}

    @Override
    public String title() {
        return "The same, with credentials that Vault makes";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        setup.databaseEngine(stage);
        narrator.say("Vault's database engine makes the login this time. The broker's own token there can make a token"
                + " for one lease, revoke it and look for it; it cannot read a credential (docs/vault.md).");
        narrator.typed("./errand apply -f examples/vault");
        List<String> mistakes = ApplyCommand.apply(
                List.of(stage.examples().resolveSibling("vault")), stage.broker()::client, narrator::answer);
        narrator.proof(
                mistakes.isEmpty(), "the broker has looked at Vault and knows the tool", String.join(" ", mistakes));

        Wire.Exchange request =
                stage.request("Match invoice INV-7002 to its order", Duration.ofMinutes(5), "orders-vault", "read");
        narrator.typed("curl -s …/oauth2/token … authorization_details="
                + request.form().get("authorization_details"));
        Wire.Answer answer = stage.send(request);
        narrator.answer(
                answer.status() == 200
                        ? Masked.json(answer.body(), "expires_in", "credentials")
                        : Masked.json(answer.body()));
        narrator.proof(answer.status() == 200, "granted", answer.toString());
        Grant grant = Grant.of(answer, stage.targetUrl());
        stage.grants().add(grant);

        Optional<Held> held = held(grant);
        narrator.proof(
                held.isPresent() && stage.exists(grant.username()),
                "Vault holds a lease and a token for it, PostgreSQL the login: "
                        + held.map(Held::lease).orElse(""),
                "no lease or no token of " + grant.leaseId() + " in Vault");
        TheTaskEnds.end(stage, grant);
        absent(narrator, held.orElseThrow());
    }

    /** Vault's own view: a token that names the broker's lease, and the only lease at the path. */
    private Optional<Held> held(Grant grant) throws IOException {
        List<String> leases = setup.vault().list("sys/leases/lookup/" + PATH);
        for (String accessor : setup.vault().list("auth/token/accessors")) {
            JsonNode meta = setup.vault()
                    .call("POST", "auth/token/lookup-accessor", Map.of("accessor", accessor))
                    .body()
                    .path("data")
                    .path("meta");
            if (meta.path("lease_id").asString("").equals(grant.leaseId()) && leases.size() == 1) {
                return Optional.of(new Held(PATH + "/" + leases.getFirst(), accessor));
            }
        }
        return Optional.empty();
    }

    private void absent(Narrator narrator, Held held) throws IOException {
        narrator.line("");
        narrator.say("And Vault, asked by the demo itself:");
        DemoVault.Answer lease = setup.vault().call("POST", "sys/leases/lookup", Map.of("lease_id", held.lease()));
        narrator.proof(
                lease.isUnknown("lease"), "it knows no such lease any more (\"invalid lease\")", lease.toString());
        DemoVault.Answer token =
                setup.vault().call("POST", "auth/token/lookup-accessor", Map.of("accessor", held.accessor()));
        narrator.proof(
                token.isUnknown("accessor"),
                "it knows no such token any more (\"invalid accessor\")",
                token.toString());
    }
}
