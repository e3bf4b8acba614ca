package io.errand.broker.credential.vault.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.vault.Rig;
import io.errand.broker.shared.doctor.Diagnostic.Part;
import io.errand.broker.shared.doctor.Diagnostic.Result;
import io.errand.broker.shared.doctor.Diagnostic.Status;
import io.errand.testing.SealableVault;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the doctor says of a real Vault, well, believing nobody, sealed and away. */
class VaultDiagnosticTest {

    private static List<Result> look(Rig rig, Clock clock, String subject) {
        return new VaultDiagnostic(rig.calls, rig.login, clock)
                .parts().stream()
                        .filter(part -> part.subject().equals(subject))
                        .map(Part::look)
                        .findFirst()
                        .orElseThrow()
                        .get();
    }

    private static Result first(Rig rig, String subject) {
        return look(rig, Clock.systemUTC(), subject).getFirst();
    }

    @Test
    void wellThenSealedThenAway() {
        SealableVault own = new SealableVault();
        JsonNode token = own.vault()
                .root("POST", "auth/token/create", Map.of("policies", "default", "ttl", "10m"))
                .path("auth");
        try (Rig rig = Rig.withToken(
                        own.vault().address(), token.path("client_token").asString());
                Rig root = Rig.withToken(own.vault().address(), own.vault().rootToken());
                Rig nobody = Rig.withToken(own.vault().address(), "hvs.nobody")) {
            assertThat(look(rig, Clock.systemUTC(), "server"))
                    .extracting(Result::status)
                    .containsExactly(Status.OK, Status.OK);
            assertThat(look(rig, Clock.offset(Clock.systemUTC(), Duration.ofMinutes(2)), "server")
                            .get(1)
                            .detail())
                    .contains("ahead of Vault's");
            assertThat(first(rig, "login").detail()).startsWith("logged in; the token lives ");
            assertThat(first(root, "login").detail()).isEqualTo("the broker's token is a root token");
            assertThat(first(nobody, "login").status()).isEqualTo(Status.ERROR);
            assertThat(first(nobody, "login").detail()).contains("403").doesNotContain("hvs.nobody");

            own.seal();
            assertThat(first(rig, "server").detail()).startsWith("is sealed");
            assertThat(first(rig, "server").remedy()).contains("vault operator unseal");
            assertThat(first(rig, "login").status()).isEqualTo(Status.ERROR);

            own.close();
            assertThat(first(rig, "server").detail()).startsWith("does not answer");
            assertThat(first(rig, "server").remedy()).contains("errand.vault.address");
        } finally {
            own.close();
        }
    }
}
