package io.errand.broker.credential.vault.check;

import io.errand.broker.credential.vault.client.VaultBinding;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What is missing or too wide at Vault, for administrators. */
@RestController
class VaultCheckEndpoint {

    private static final Problem NO_VAULT =
            Problem.notFound("This broker has no Vault: errand.vault.address is not set.");

    private final ObjectProvider<VaultCheck> check;

    VaultCheckEndpoint(ObjectProvider<VaultCheck> check) {
        this.check = check;
    }

    /** An empty list is a good one. */
    record Report(List<Finding> findings) {}

    /**
     * @param observe the target at which the broker itself ends what is made there, as the tools' configs have it; none: nowhere
     * @param tokenRole the token role of the tools' configs
     * @param path their paths; none: only the broker's own grants and the token role are looked at
     */
    @Answers(Report.class)
    @GetMapping("/admin/v1/backends/vault/check")
    ResponseEntity<Object> report(
            @RequestParam(name = "token_role", defaultValue = "errand") String tokenRole,
            @RequestParam(defaultValue = "") Set<String> path,
            @RequestParam(defaultValue = "") String observe) {
        if (!VaultBinding.isTokenRole(tokenRole) || !path.stream().allMatch(VaultBinding::isPath)) {
            return Problem.badRequest("token_role names a token role of Vault; path is a mount and a path below it, for"
                            + " example database/creds/orders-read.")
                    .response();
        }
        VaultCheck vault = check.getIfAvailable();
        return vault == null
                ? NO_VAULT.response()
                : ResponseEntity.ok(new Report(vault.report(tokenRole, path, observe)));
    }
}
