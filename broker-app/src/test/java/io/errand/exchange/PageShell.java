package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Runs the commands of a page where its platform would: what the platform gives a workload is there, with this token. */
record PageShell(Path folder, String broker, String token) {

    private static final String GOOGLE =
            "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity";

    /** What they print. */
    String print(String commands) throws IOException, InterruptedException {
        HttpServer platform = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        platform.createContext("/", this::answer);
        platform.start();
        try {
            String url = "http://127.0.0.1:" + platform.getAddress().getPort();
            Path mounted = Files.writeString(folder.resolve("mounted"), token);
            Files.writeString(folder.resolve("client-assertion"), "signed");
            return print(
                    commands.replace("https://errand.example", broker)
                            .replace("https://login.example", url)
                            .replace("/var/run/secrets/errand/token", mounted.toString()),
                    environment(url));
        } finally {
            platform.stop(0);
        }
    }

    private Map<String, String> environment(String platform) {
        Map<String, String> environment = new HashMap<>();
        environment.put("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-job");
        environment.put("ACTIONS_ID_TOKEN_REQUEST_URL", platform + "/token?api-version=2.0");
        environment.put("AWS_ENDPOINT_URL_STS", platform + "/sts");
        environment.put("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
        environment.put("AWS_SECRET_ACCESS_KEY", "of-the-instance");
        environment.put("AWS_DEFAULT_REGION", "eu-central-1");
        environment.put("HOME", folder.toString());
        // The metadata server's name leads to it on machines of Google Cloud alone.
        environment.put("http_proxy", platform);
        environment.put("no_proxy", "127.0.0.1");
        environment.put("PATH", folder + ":" + System.getenv("PATH"));
        return environment;
    }

    private String print(String commands, Map<String, String> environment) throws IOException, InterruptedException {
        program("spire-agent", "printf %s '[{\"svids\": [{\"svid\": \"" + token + "\"}]}]'");
        if (!knowsTheCommand(environment)) {
            program(
                    "aws",
                    "[ \"$*\" = 'sts get-web-identity-token --audience errand --signing-algorithm ES384 --duration-seconds 3600"
                            + " --query WebIdentityToken --output text' ] || exit 252; echo '" + token + "'");
        }
        ProcessBuilder shell = new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
                .directory(folder.toFile())
                .redirectError(folder.resolve("err").toFile());
        shell.environment().clear();
        shell.environment().putAll(environment);
        Process process = shell.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(said + Files.readString(folder.resolve("err")))
                .isZero();
        return said.strip();
    }

    /** Whether AWS's own command line is here, in a version that has it. */
    private boolean knowsTheCommand(Map<String, String> environment) throws IOException, InterruptedException {
        ProcessBuilder help = new ProcessBuilder("sh", "-c", "aws sts get-web-identity-token help >/dev/null 2>&1");
        help.environment().putAll(environment);
        return help.start().waitFor() == 0;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String asked = exchange.getRequestURI().toString();
        String sent = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        int status = 200;
        String text = "";
        if (asked.endsWith("/openid-connect/token") && sent.contains("client_assertion=signed")) {
            text = Json.mapper().writeValueAsString(Map.of("access_token", token));
        } else if (asked.startsWith("/token?api-version=2.0&audience=errand")) {
            text = Json.mapper().writeValueAsString(Map.of("value", token));
        } else if (asked.equals(GOOGLE + "?audience=errand&format=full")
                && "Google".equals(exchange.getRequestHeaders().getFirst("Metadata-Flavor"))) {
            text = token;
        } else if (asked.startsWith("/sts")
                && sent.contains("Action=GetWebIdentityToken")
                && sent.contains("Audience.member.1=errand")
                && sent.contains("SigningAlgorithm=ES384")) {
            text =
                    "<GetWebIdentityTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetWebIdentityTokenResult>"
                            + "<WebIdentityToken>" + token + "</WebIdentityToken><Expiration>"
                            + Instant.now().plusSeconds(3600)
                            + "</Expiration></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>";
        } else {
            status = 400;
        }
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void program(String name, String script) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
