package io.errand.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The demo lives on what the page says. */
class VaultPageTest {

    @Test
    void thePageHasWhatTheDemoTakesFromIt() throws Exception {
        VaultPage page = VaultPage.read(Path.of(".."));

        assertThat(page.policy("errand-broker"))
                .contains("auth/token/create/errand")
                .doesNotContain("HCL");
        assertThat(page.policy("errand-lease"))
                .contains("database/creds/orders-read")
                .doesNotContain("lookup");
        assertThat(page.login("a-password")).contains("PASSWORD 'a-password'").contains("vault_at_orders");
        assertThat(page.revocation()).contains("pg_terminate_backend").endsWith("$$");
    }
}
