package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReconcileTellsWhatWasFoundTest {

    @Test
    void aLineForEachFindingAndOneForTheRun() throws IOException {
        StringWriter told = new StringWriter();

        int code = reconcile("""
                {"run": "r1", "targets": 2, "credentials": 7, "found": 1, "findings": [
                  {"kind": "unknown", "action": "destroyed", "backend": "postgres", "target": "orders", "lease": "l1",
                   "reference": "errand_l1", "detail": "No lease of this id is known."}]}""", told);

        assertThat(code).isZero();
        assertThat(told.toString().lines())
                .containsExactly(
                        "unknown  destroyed  postgres orders  errand_l1  No lease of this id is known.",
                        "2 targets, 7 credentials, 1 findings (run r1)");
    }

    @Test
    void whatCouldNotBeSettledIsSaidByTheExitCode() throws IOException {
        StringWriter told = new StringWriter();

        int code = reconcile("""
                {"run": "r1", "targets": 1, "credentials": 0, "found": 1, "findings": [
                  {"kind": "unreachable", "action": "none", "backend": "vault", "target": "", "detail": "sealed"}]}""", told);

        assertThat(code).isEqualTo(3);
        assertThat(told.toString()).startsWith("unreachable  none  vault  -  sealed");
    }

    @Test
    void theCommandIsBelowLeases() {
        assertThat(ErrandCommand.commandLine().execute("leases", "reconcile", "--help"))
                .isZero();
    }

    private static int reconcile(String answer, StringWriter told) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/admin/v1/reconciliations", exchange -> {
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(exchange.getRequestMethod().equals("POST") ? 200 : 405, body.length);
            try (var out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
        try {
            URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
            return LeasesReconcileCommand.report(
                    new BrokerClient(url, () -> "token", null), new PrintWriter(told, true));
        } finally {
            server.stop(0);
        }
    }
}
