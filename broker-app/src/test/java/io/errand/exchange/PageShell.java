package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Runs the exchange that a page shows where its platform would: what the platform gives a workload is there, with this token. */
record PageShell(Path folder, String broker, String token) {

    /** The answer. */
    JsonNode run(String commands) throws IOException, InterruptedException {
        HttpServer github = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        github.createContext("/", exchange -> {
            byte[] answer = Json.mapper().writeValueAsBytes(Map.of("value", token));
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        github.start();
        try {
            return run(
                    commands,
                    Map.of(
                            "ERRAND_URL",
                            broker,
                            "TOKEN",
                            token,
                            "SPIFFE_ENDPOINT_SOCKET",
                            "unix:///run/spire/agent.sock",
                            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                            "of-the-job",
                            "ACTIONS_ID_TOKEN_REQUEST_URL",
                            "http://127.0.0.1:" + github.getAddress().getPort() + "/token?api-version=2.0"));
        } finally {
            github.stop(0);
        }
    }

    private JsonNode run(String commands, Map<String, String> environment) throws IOException, InterruptedException {
        program("cat", "[ \"$1\" = /var/run/secrets/errand/token ] || exit 1; printf %s '" + token + "'");
        program("spire-agent", "printf %s '[{\"svids\": [{\"svid\": \"" + token + "\"}]}]'");
        ProcessBuilder shell = new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
                .redirectError(folder.resolve("err").toFile());
        shell.environment().clear();
        shell.environment().putAll(environment);
        shell.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        Process process = shell.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(said + Files.readString(folder.resolve("err")))
                .isZero();
        return Json.mapper().readTree(said);
    }

    private void program(String name, String script) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
