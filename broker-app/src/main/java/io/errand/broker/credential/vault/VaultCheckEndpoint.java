package io.errand.broker.credential.vault;

import java.util.List;
import java.util.Set;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What is missing or too wide at Vault, for administrators. */
@RestController
@ConditionalOnProperty("errand.vault.address")
class VaultCheckEndpoint {

    private final VaultCheck check;

    VaultCheckEndpoint(VaultCheck check) {
        this.check = check;
    }

    /** An empty list is a good one. */
    record Report(List<Finding> findings) {}

    /**
     * @param tokenRole the token role of the tools' configs
     * @param path their paths; none: only the broker's own grants and the token role are looked at
     */
    @GetMapping("/admin/v1/backends/vault/check")
    Report report(
            @RequestParam(name = "token_role", defaultValue = "errand") String tokenRole,
            @RequestParam(defaultValue = "") Set<String> path) {
        return new Report(check.report(tokenRole, path));
    }
}
