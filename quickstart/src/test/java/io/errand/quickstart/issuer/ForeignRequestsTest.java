package io.errand.quickstart.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no browser of this machine would send to this issuer of its own accord, to the letter. */
class ForeignRequestsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @SuppressWarnings("NullAway.Init")
    private DevelopmentIssuer issuer;

    @SuppressWarnings("NullAway.Init")
    private RelyingParty console;

    @BeforeEach
    void start() throws Exception {
        issuer = DevelopmentIssuer.start(data, 0, RelyingParty.BROKER);
        console = new RelyingParty(issuer, data);
    }

    @AfterEach
    void stop() {
        console.close();
        issuer.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: evil.example",
                "Host: evil.example:PORT",
                "Host: 127.0.0.1",
                "Host: 127.0.0.1:1",
                "Host: 127.0.0.1.evil.example:PORT",
                "Host: 127.0.0.1:PORT\r\nHost: evil.example",
                "X: y"
            })
    void anotherNameForLoopbackIsRefused(String host) throws Exception {
        String header = host.replace("PORT", Integer.toString(port()));
        String query = RelyingParty.encoded(RelyingParty.request());

        assertThat(raw("GET /people/authorize?" + query + " HTTP/1.1", header, ""))
                .startsWith("HTTP/1.1 421 ");
        assertThat(raw("POST /people/authorize?" + query + " HTTP/1.1", header, "person=anna"))
                .startsWith("HTTP/1.1 421 ");
        assertThat(raw("POST /people/token HTTP/1.1", header, "grant_type=x")).startsWith("HTTP/1.1 421 ");
    }

    @Test
    void aNameInTheRequestLineCountsToo() throws Exception {
        assertThat(raw("POST http://evil.example/people/token HTTP/1.1", "Host: 127.0.0.1:" + port(), "a=b"))
                .startsWith("HTTP/1.1 421 ");
    }

    @Test
    void bothNamesOfLoopbackAreKnown() throws Exception {
        String query = RelyingParty.encoded(RelyingParty.request());

        for (String name : new String[] {"127.0.0.1", "localhost"}) {
            assertThat(raw("GET /people/authorize?" + query + " HTTP/1.1", "Host: " + name + ":" + port(), ""))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"})
    void otherMethodsAreRefused(String method) throws Exception {
        String own = "Host: 127.0.0.1:" + port();

        assertThat(raw(method + " /people/authorize HTTP/1.1", own, "")).startsWith("HTTP/1.1 405 ");
        assertThat(raw(method + " /people/token HTTP/1.1", own, "")).startsWith("HTTP/1.1 405 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/people/authorize/",
                "/people/authorize/x",
                "/people/authorizes",
                "/people/%61uthorize",
                "/people//authorize",
                "/people/../people/authorize",
                "/workloads/authorize",
                "/people/jwks/x",
                "/"
            })
    void elsewhereIsNothing(String path) throws Exception {
        assertThat(raw("GET " + path + " HTTP/1.1", "Host: 127.0.0.1:" + port(), ""))
                .startsWith("HTTP/1.1 404 ");
    }

    @Test
    void aGiantBodyIsNotReadAndTheNextIsServed() throws Exception {
        String own = "Host: 127.0.0.1:" + port();
        String query = RelyingParty.encoded(RelyingParty.request());
        String giant = "subject=" + "x".repeat(10_000_000);

        for (String path : new String[] {"/people/authorize?" + query, "/people/token"}) {
            // Cut off while it is sent, the answer may be lost on the way.
            assertThat(raw("POST " + path + " HTTP/1.1", own, giant)).matches("(?s)|HTTP/1.1 413 .*");
        }

        assertThat(raw("GET /people/authorize?x=" + "x".repeat(9_000) + " HTTP/1.1", own, ""))
                .startsWith("HTTP/1.1 414 ");
        assertThat(console.redeem(RelyingParty.redemption(console.code("anna"))).statusCode())
                .isEqualTo(200);
    }

    private int port() {
        return URI.create(issuer.tokens().base()).getPort();
    }

    private String raw(String line, String header, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head = line + "\r\n" + header + "\r\nConnection: close\r\n"
                + (bytes.length == 0
                        ? ""
                        : "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + bytes.length + "\r\n")
                + "\r\n";
        try (Socket socket = new Socket("127.0.0.1", port())) {
            try {
                socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().write(bytes);
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                return ""; // the other side closed while this one sent
            }
        }
    }
}
