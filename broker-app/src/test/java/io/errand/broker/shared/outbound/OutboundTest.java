package io.errand.broker.shared.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.shared.outbound.Outbound.Reply;
import io.errand.testing.TestIssuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses that are private by chance or by design are not asked, by whatever name, unless a setting has them. */
class OutboundTest {

    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final TestIssuer SERVER = new TestIssuer();

    private final Outbound closed = new Outbound(new OutboundProperties(List.of(), null));

    @AfterAll
    static void close() {
        SERVER.close();
    }

    private static int port() {
        return URI.create(SERVER.url()).getPort();
    }

    private static Reply ask(Outbound outbound, String url) {
        return outbound.send(new Outbound.Request(URI.create(url), Map.of(), null, 65_536), WITHIN);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, loopback",
        "127.9.8.7, loopback",
        "localhost, loopback",
        "LOCALHOST, loopback",
        "[::1], loopback",
        "[::ffff:127.0.0.1], loopback",
        "[64:ff9b::7f00:1], loopback",
        "169.254.169.254, link-local",
        "[fe80::1], link-local",
        "[2002:a9fe:a9fe::1], link-local",
        "10.0.0.1, private",
        "172.16.0.1, private",
        "172.31.255.255, private",
        "192.168.1.1, private",
        "100.64.0.1, private",
        "[fd00:ec2::254], private",
        "[64:ff9b::a00:1], private",
        "0.0.0.0, special",
        "[::], special",
        "[::7f00:1], special",
        "224.0.0.1, special",
        "255.255.255.255, special",
        "[ff02::1], special"
    })
    void whatIsNotOfTheInternetIsNamedAndNotAsked(String host, String kind) {
        URI uri = URI.create("https://" + host + ":" + port() + "/jwks");

        assertThat(closed.problem(uri))
                .hasValueSatisfying(
                        sentence -> assertThat(sentence).contains(host, kind, "errand.outbound.private-networks"));
        assertThatThrownBy(() -> closed.check("errand.policy.pdps.opa.url", uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("errand.policy.pdps.opa.url: ")
                .hasMessageContaining(kind);
        assertThat(ask(closed, uri.toString()))
                .isInstanceOfSatisfying(
                        Reply.Failed.class, failed -> assertThat(failed.cause()).contains(kind));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "172.15.0.1",
                "172.32.0.1",
                "100.63.0.1",
                "9.9.9.9",
                "[2606:4700::1111]",
                "[64:ff9b::808:808]",
                "a.example"
            })
    void whatIsOfTheInternetAndANameMayBeNamed(String host) {
        assertThat(closed.problem(URI.create("https://" + host + "/"))).isEmpty();
    }

    @Test
    void whatTheSettingHasIsAsked() {
        Outbound open = new Outbound(new OutboundProperties(List.of("127.0.0.1/32"), null));

        assertThat(ask(open, SERVER.url() + "/jwks"))
                .isInstanceOfSatisfying(
                        Reply.Answered.class,
                        answer -> assertThat(answer.status()).isEqualTo(200));
        assertThat(ask(open, "http://127.0.0.2:" + port() + "/jwks")).isInstanceOf(Reply.Failed.class);
    }

    /** DNS rebinding: what was looked at is what is connected to, for there is no second question. */
    @Test
    void aNameThatLeadsElsewhereAMomentLaterGainsNothing() {
        AtomicInteger asked = new AtomicInteger();
        Outbound outbound = new Outbound(new OutboundProperties(List.of("127.0.0.1/32"), null), host ->
                new InetAddress[] {InetAddress.ofLiteral(asked.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2")});

        Reply first = ask(outbound, "http://rebinding.example:" + port() + "/jwks");
        int questions = asked.get();
        Reply second = ask(outbound, "http://rebinding2.example:" + port() + "/jwks");

        assertThat(first).isInstanceOf(Reply.Answered.class);
        assertThat(questions).isOne();
        assertThat(second)
                .isInstanceOfSatisfying(
                        Reply.Failed.class,
                        failed -> assertThat(failed.cause()).contains("rebinding2.example", "127.0.0.2"));
    }

    /** Of several addresses only those that are allowed are tried, in whatever order they come. */
    @Test
    void ofSeveralAddressesOnlyThoseAreTriedThatMayBe() {
        Outbound outbound = new Outbound(new OutboundProperties(List.of("127.0.0.1/32"), null), host ->
                new InetAddress[] {InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("127.0.0.1")});

        assertThat(ask(outbound, "http://several.example:" + port() + "/jwks")).isInstanceOf(Reply.Answered.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "fd00::/129", "private", "10.0.0.0/8/8", ""})
    void aNetworkThatIsNoneIsToldAtTheStart(String text) {
        assertThatThrownBy(() -> new OutboundProperties(List.of(text), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("errand.outbound.private-networks has '" + text + "'");
    }

    @Test
    void anAnswerIsCutOffWhereItIsTooLong() {
        Outbound open = new Outbound(new OutboundProperties(List.of("127.0.0.1/32"), null));
        URI keys = URI.create(SERVER.url() + "/jwks");

        Reply longer = open.send(new Outbound.Request(keys, Map.of(), null, 10), WITHIN);
        Reply unread = open.send(new Outbound.Request(keys, Map.of(), null, 0), WITHIN);

        assertThat(longer)
                .isInstanceOfSatisfying(
                        Reply.Failed.class, failed -> assertThat(failed.cause()).contains("10 bytes"));
        assertThat(unread)
                .isInstanceOfSatisfying(
                        Reply.Answered.class,
                        answer -> assertThat(answer.body()).isEmpty());
    }

    @Test
    void aServerThatTakesTheConnectionAndSaysNothingIsTimedOut() throws IOException {
        Outbound open = new Outbound(new OutboundProperties(List.of("127.0.0.1/32"), null));
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            URI keys = URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/jwks");

            assertThat(open.send(new Outbound.Request(keys, Map.of(), null, 65_536), Duration.ofMillis(100)))
                    .isInstanceOf(Reply.TimedOut.class);
        }
    }
}
