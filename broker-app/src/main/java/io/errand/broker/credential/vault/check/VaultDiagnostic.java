package io.errand.broker.credential.vault.check;

import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultCalls;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.errand.broker.shared.doctor.ClockDifference;
import io.errand.broker.shared.doctor.Diagnostic;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Whether Vault answers, is unsealed and believes the broker, and how long it will. */
public final class VaultDiagnostic implements Diagnostic {

    private final VaultCalls calls;
    private final VaultLogin login;
    private final Clock clock;

    public VaultDiagnostic(VaultCalls calls, VaultLogin login, Clock clock) {
        this.calls = calls;
        this.login = login;
        this.clock = clock;
    }

    @Override
    public String area() {
        return "vault";
    }

    @Override
    public List<Part> parts() {
        return List.of(new Part("server", this::server), Part.of("login", this::token));
    }

    private List<Result> server() {
        // Answered without a token, and by one that is sealed too.
        Reply status = calls.read(null, "sys/seal-status");
        if (!(status instanceof Said said && said.done())) {
            return List.of(
                    Result.error(
                            "does not answer: " + status.describe(),
                            "See that errand.vault.address is right and can be reached, and that errand.vault.ca-file is its CA."));
        }
        if (!said.body().getBoolean("initialized", true) || said.body().getBoolean("sealed", false)) {
            return List.of(Result.error(
                    "is sealed: leases of the backend vault cannot be made, and those that end stay revoking",
                    "Unseal it: `vault operator unseal`."));
        }
        List<Result> results = new ArrayList<>();
        results.add(Result.ok("Vault " + said.body().getString("version", "?") + " answers and is unsealed"));
        if (calls.read(null, "sys/health") instanceof Said health && health.done()) {
            long there = health.body().getLong("server_time_utc", 0);
            if (there > 0) {
                results.add(ClockDifference.of(
                        // It says whole seconds.
                        Duration.between(Instant.ofEpochSecond(there), clock.instant())
                                .truncatedTo(ChronoUnit.SECONDS),
                        "Vault's"));
            }
        }
        return List.copyOf(results);
    }

    private Result token() {
        Reply self = login.read("auth/token/lookup-self");
        if (!(self instanceof Said said && said.done())) {
            return Result.error(
                    "the broker is not logged in: " + login.trouble().orElseGet(self::describe),
                    "Look at errand.vault.auth: the method, its role and its file; `errand vault check` says what is missing then.");
        }
        long ttl = said.data().getLong("ttl", 0);
        if (Reply.texts(said.data().get("policies")).contains("root")) {
            return Result.warning(
                    "the broker's token is a root token",
                    "Log in by kubernetes, jwt or approle with the policy of docs/vault.md.");
        }
        if (ttl == 0) {
            return Result.warning(
                    "the broker's token never expires", "Log in by kubernetes, jwt or approle (docs/vault.md).");
        }
        boolean renewable = said.data().getBoolean("renewable", false);
        return Result.ok("logged in; the token lives " + ttl + " s more and is "
                + (renewable ? "renewed" : "followed by another login") + " before that");
    }
}
