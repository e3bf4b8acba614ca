package io.errand.broker.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.shared.ErrandProperties;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What would make the pages unsafe is refused when the service starts. */
class ConsolePropertiesTest {

    private static void refused(String issuer, String client, String setting) {
        ConsoleProperties settings = new ConsoleProperties(client, Duration.ofHours(1));
        assertThatThrownBy(() -> settings.client(new ErrandProperties(issuer)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(setting);
    }

    @Test
    void theAudienceOfBearerTokensIsNoClient() {
        refused("https://errand.test", "https://errand.test/admin", "errand.console.client-id");
    }

    @Test
    void aHostThatIsSharedByPathsHasNoPages() {
        refused("https://shared.test/errand", "console", "errand.issuer");
    }

    @Test
    void theClientIsTaken() {
        ConsoleProperties settings = new ConsoleProperties("console", Duration.ofHours(1));

        assertThat(settings.client(new ErrandProperties("https://errand.test"))).isEqualTo("console");
    }
}
