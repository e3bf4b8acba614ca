package io.errand.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import io.errand.testing.Authority;
import io.errand.testing.BrokerTest;
import io.errand.testing.FreePorts;
import io.errand.testing.MailServer;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** People are told in Slack and by mail what the webhooks tell machines, and nobody's name is anything but text there. */
@BrokerTest
class NoticesTest {

    private static final Authority AUTHORITY = new Authority("mail");
    private static final int MAIL_PORT = FreePorts.next();
    private static final List<String> SAID = new CopyOnWriteArrayList<>();
    private static final HttpServer SLACK = slack();

    private final Scene scene;
    private final JdbcClient jdbc;

    NoticesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.jdbc = jdbc;
    }

    private static HttpServer slack() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/services/T0/B0/secret", exchange -> {
                boolean isJson =
                        exchange.getRequestHeaders().getFirst("Content-Type").startsWith("application/json");
                SAID.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(isJson ? 200 : 400, -1);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(String text) throws IOException {
        Path file = Files.createTempFile("notices", ".secret");
        file.toFile().deleteOnExit();
        return Files.writeString(file, text + "\n");
    }

    @DynamicPropertySource
    static void configured(DynamicPropertyRegistry properties) throws IOException {
        PageBlock.of("docs/approvals.md", "people")
                .with(
                        "/run/secrets/slack-url",
                        file("http://127.0.0.1:" + SLACK.getAddress().getPort() + "/services/T0/B0/secret")
                                .toString())
                .with("smtp.example.com", "127.0.0.1")
                .with("port: 587", "port: " + MAIL_PORT)
                .with(
                        "/run/secrets/mail-ca.pem",
                        file(AUTHORITY.own().certificatePem()).toString())
                .with("/run/secrets/mail", file(MailServer.PASSWORD).toString())
                .settings()
                .forEach((key, value) -> properties.add(key, () -> value));
        properties.add("errand.signal.longest-backoff", () -> "PT1S");
        properties.add("errand.signal.poll-interval", () -> "PT0.1S");
    }

    @AfterAll
    static void stop() {
        SLACK.stop(0);
    }

    /** Nobody answers for it any more. */
    private void orphan(String agent, String owner, String reason) {
        scene.agent(agent, "some-tool", Map.of("owner", owner));
        scene.admin().post("/admin/v1/owners/departed", Map.of("owner", owner, "reason", reason));
    }

    @Test
    void aMessageIsTextWhateverItsPartsAre() {
        String agent = Scene.name("orphan");
        String owner = "<!channel> & <https://evil.example|team> @here " + agent;

        orphan(agent, owner, "left *today*, @Channel");
        await("the message")
                .atMost(Duration.ofSeconds(30))
                .until(() -> SAID.stream().anyMatch(said -> said.contains(agent)));

        JsonNode message = Json.mapper()
                .readTree(SAID.stream()
                        .filter(said -> said.contains(agent))
                        .findFirst()
                        .orElseThrow());
        assertThat(message.propertyNames()).containsExactlyInAnyOrder("text", "mrkdwn");
        assertThat(message.path("mrkdwn").asBoolean(true)).isFalse();
        assertThat(message.path("text").asString().lines())
                .startsWith("Errand: agent.ownerless " + agent)
                .contains(
                        "owner: &lt;!channel&gt; &amp; &lt;https://evil.example|team&gt; @\u200bhere " + agent,
                        "reason: left *today*, @\u200bChannel");
    }

    /** The server is away at first, and nothing is lost. */
    @Test
    void theOwnerIsWrittenToOnceTheServerIsThere() {
        String agent = Scene.name("orphan");
        String stranger = Scene.name("orphan");
        orphan(agent, agent + "@example.com", "left");
        orphan(stranger, stranger + "@elsewhere.example", "left");
        await("a try in vain")
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        jdbc.sql("SELECT count(*) FROM outbox WHERE receiver = 'owners' AND last_error LIKE 'mail:%'"
                                                + " AND payload LIKE '%' || :agent || '%'")
                                        .param("agent", agent)
                                        .query(Integer.class)
                                        .single()
                                == 1);

        try (MailServer server = MailServer.withTls(MAIL_PORT, AUTHORITY)) {
            await("both mails")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> of(server, agent).size() == 1
                            && of(server, stranger).size() == 1);

            MailServer.Mail mail = of(server, agent).getFirst();
            assertThat(mail.to()).isEqualTo(agent + "@example.com");
            assertThat(mail.from()).isEqualTo("errand@example.com");
            assertThat(mail.text()).contains("Subject: Errand: agent.ownerless " + agent, "reason: left");
            assertThat(of(server, stranger).getFirst().to())
                    .as("an owner of another domain is not written to")
                    .isEqualTo("agents@example.com");
            await("the outbox to be empty of them")
                    .until(() -> jdbc.sql("SELECT count(*) FROM outbox WHERE receiver = 'owners'")
                                    .query(Integer.class)
                                    .single()
                            == 0);
        }
    }

    private static List<MailServer.Mail> of(MailServer server, String agent) {
        return server.mails().stream()
                .filter(mail -> mail.text().contains("ownerless " + agent))
                .toList();
    }
}
