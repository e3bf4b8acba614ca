package io.errand.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.api.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NarratorTest {

    private final StringWriter text = new StringWriter();

    @Test
    void aProofThatDoesNotHoldEndsTheStory() {
        Narrator narrator = new Narrator(new PrintWriter(text), false);

        assertThatThrownBy(() -> narrator.proof(false, "the role is gone", "it is there"))
                .isInstanceOf(ProofFailed.class);
        narrator.failed(new ProofFailed("the role is gone", "it is there"));

        assertThat(text.toString()).contains("✗ the role is gone").contains("seen instead: it is there");
    }

    @Test
    void coloursAreForTerminalsThatWantThem() {
        assertThat(DemoCommand.colours(Map.of("TERM", "xterm"))).isFalse();
        System.setProperty("errand.terminal", "true");
        try {
            assertThat(DemoCommand.colours(Map.of("TERM", "xterm"))).isTrue();
            assertThat(DemoCommand.colours(Map.of("TERM", "xterm", "NO_COLOR", "1")))
                    .isFalse();
            assertThat(DemoCommand.colours(Map.of("TERM", "dumb"))).isFalse();
        } finally {
            System.clearProperty("errand.terminal");
        }
    }

    @Test
    void secretsAreMaskedWhereverTheyStand() {
        String shown = Masked.json(Json.mapper().readTree("""
                {"access_token": "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJlQw",
                 "credentials": [{"data": {"password": "s3cret", "jdbc_url": "jdbc:x?user=a&password=s3cret"}}]}
                """));

        assertThat(shown).contains("eyJ…Qw").doesNotContain("s3cret").doesNotContain("c2lnbmF0");
    }
}
