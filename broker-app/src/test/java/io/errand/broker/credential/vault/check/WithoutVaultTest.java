package io.errand.broker.credential.vault.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;

/** Whoever asks a broker without Vault for its check is told so. */
class WithoutVaultTest {

    @Test
    void theCheckSaysWhichSettingIsMissing() {
        VaultCheckEndpoint endpoint =
                new VaultCheckEndpoint(new StaticListableBeanFactory().getBeanProvider(VaultCheck.class));

        ResponseEntity<Object> answer = endpoint.report("errand", Set.of(), "");

        assertThat(answer.getStatusCode()).isEqualTo(HttpStatus.NOT_FOUND);
        assertThat(String.valueOf(answer.getBody())).contains("errand.vault.address");
    }
}
