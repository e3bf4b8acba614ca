package io.errand.broker.signal.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.signal.mail.MailProperties.Tls;
import io.errand.testing.Authority;
import io.errand.testing.MailServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mail goes to whom it is for, by a server that is who it says, or not at all. */
class MailerTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private static MailProperties at(int port, Tls tls, @Nullable Path caFile, @Nullable Path password) {
        return new MailProperties(
                "127.0.0.1",
                port,
                tls,
                caFile,
                password == null ? null : MailServer.USER,
                password,
                "errand@example.com",
                List.of("Example.com"));
    }

    private Path file(String text) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "mail", ""), text);
    }

    private static String send(MailProperties settings, String subject, String... to) {
        return new Mailer(settings)
                .send(new Mailer.Mail(new UUID(1, 2), List.of(to), subject, "Grüße\n"), Instant.now(), SOON);
    }

    @Test
    void aServerThatItsAuthorityKnowsTakesIt() throws IOException {
        Authority authority = new Authority("mail");
        Path ca = file(authority.own().certificatePem());
        try (MailServer server = MailServer.withTls(0, authority)) {
            MailProperties settings = at(server.port(), Tls.STARTTLS, ca, file(MailServer.PASSWORD + "\n"));

            assertThat(send(settings, "Prüfung", "ann@example.com")).isEmpty();

            assertThat(server.mails()).singleElement().satisfies(mail -> {
                assertThat(mail.from()).isEqualTo("errand@example.com");
                assertThat(mail.to()).isEqualTo("ann@example.com");
                assertThat(mail.text())
                        .contains(
                                "Message-ID: <00000000-0000-0001-0000-000000000002@example.com>",
                                "Auto-Submitted: auto-generated",
                                "Subject: =?UTF-8?");
            });
            assertThat(send(at(server.port(), Tls.STARTTLS, ca, file("wrong")), "s", "ann@example.com"))
                    .startsWith("mail: ")
                    .doesNotContain("wrong");
            assertThat(server.mails()).hasSize(1);
        }
    }

    @Test
    void aServerWithAnothersCertificateGetsNothing() throws IOException {
        try (MailServer server = MailServer.withTls(0, new Authority("theirs"))) {
            Path ours = file(new Authority("ours").own().certificatePem());

            assertThat(send(at(server.port(), Tls.STARTTLS, ours, file(MailServer.PASSWORD)), "s", "a@example.com"))
                    .isNotEmpty();
            assertThat(server.mails()).isEmpty();
        }
    }

    @Test
    void aServerWithoutTlsGetsNothingUnlessThatIsSaid() {
        try (MailServer server = MailServer.withoutTls()) {
            assertThat(send(at(server.port(), Tls.STARTTLS, null, null), "s", "a@example.com"))
                    .contains("STARTTLS");
            assertThat(server.mails()).isEmpty();

            assertThat(send(at(server.port(), Tls.NONE, null, null), "s", "a@example.com"))
                    .isEmpty();
            assertThat(server.mails()).hasSize(1);
        }
    }

    @Test
    void aSubjectMakesNoHeaders() {
        try (MailServer server = MailServer.withoutTls()) {
            assertThat(send(
                            at(server.port(), Tls.NONE, null, null),
                            "agent\r\nBcc: eve@example.com\r\n\r\nHello\u2028Bcc: eve@example.com",
                            "a@example.com"))
                    .isEmpty();

            assertThat(server.mails()).singleElement().satisfies(mail -> {
                assertThat(mail.to()).isEqualTo("a@example.com");
                assertThat(mail.text().lines()).noneMatch(line -> line.startsWith("Bcc"));
            });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a@example.com\r\nBcc: eve@example.com",
                "a@example.com,eve@example.com",
                "Ann <a@example.com>",
                "\"a b\"@example.com",
                "group:a@example.com;",
                "@example.com",
                "a@",
                "-oQ/tmp@example.com",
                "a@b@example.com",
            })
    void whatIsNoPlainAddressIsWrittenToByNobody(String address) {
        assertThat(Mailer.isAddress(address)).isFalse();
        try (MailServer server = MailServer.withoutTls()) {
            assertThat(send(at(server.port(), Tls.NONE, null, null), "s", address))
                    .contains("no plain address");
            assertThat(server.mails()).isEmpty();
        }
    }

    @Test
    void ownersAreWrittenToInTheirDomainsAlone() {
        Mailer mailer = new Mailer(at(25, Tls.NONE, null, null));

        assertThat(mailer.owner("ap-team@example.com")).contains("ap-team@example.com");
        assertThat(mailer.owner("ap-team@EXAMPLE.COM")).isPresent();
        assertThat(mailer.owner("ap-team@evil.example.com")).isEmpty();
        assertThat(mailer.owner("ap-team@example.com.evil.org")).isEmpty();
        assertThat(mailer.owner("ap-team")).isEmpty();
    }

    @Test
    void wrongSettingsAreNamed() {
        assertThatThrownBy(() -> new MailProperties("mail.example", 25, Tls.NONE, null, null, null, "a, b", List.of()))
                .hasMessageContaining("errand.mail.from");
        assertThatThrownBy(() ->
                        new MailProperties("mail.example", 25, Tls.NONE, null, "me", null, "a@b.example", List.of()))
                .hasMessageContaining("errand.mail.username");
        assertThatThrownBy(() -> new MailProperties(
                        "mail.example", 25, Tls.NONE, Path.of("/no/such"), null, null, "a@b.example", List.of()))
                .hasMessageContaining("errand.mail.ca-file");
    }
}
