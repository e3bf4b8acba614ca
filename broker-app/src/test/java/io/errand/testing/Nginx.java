package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/** A real NGINX: it ends TLS in front of the broker, asks for client certificates, and says in a header which one it saw; or has files. */
public final class Nginx implements AutoCloseable {

    /** From where it connects to the broker: another address than that of tests, which connect from 127.0.0.1. */
    public static final String ADDRESS = "127.0.0.7";

    private final int port = FreePorts.next();
    private final Process process;

    /**
     * Starts one.
     *
     * @param broker its port on loopback
     * @param own its certificate
     * @param clients who signs certificates that it lets in, in PEM
     */
    public Nginx(int broker, Authority.Certified own, String clients) {
        Path folder = Programs.folder("nginx");
        try {
            Files.writeString(folder.resolve("tls.crt"), own.certificatePem());
            Files.writeString(folder.resolve("tls.key"), own.keyPem());
            Files.writeString(folder.resolve("clients.pem"), clients);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process = started(folder, configuration(folder, broker));
    }

    /** One that has the files of a folder, in ranges too, for whoever shows a token; they are on loopback, without TLS. */
    public Nginx(Path files, String token) {
        Path folder = Programs.folder("nginx");
        process = started(folder, head(folder) + """
                  server {
                    listen 127.0.0.1:%d;
                    root %s;
                    if ($http_authorization != "Bearer %s") { return 401; }
                  }
                }
                """.formatted(port, files, token));
    }

    private Process started(Path folder, String configuration) {
        Path nginx = Programs.find("nginx", "nginx-light");
        try {
            Files.writeString(folder.resolve("nginx.conf"), configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Process started = Programs.start(
                folder.resolve("log"),
                Map.of(),
                nginx.toString(),
                "-p",
                folder.toString(),
                "-c",
                folder.resolve("nginx.conf").toString());
        Awaitility.await("NGINX on port " + port)
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> {
                    try (Socket socket = new Socket("127.0.0.1", port)) {
                        return socket.isConnected();
                    }
                });
        return started;
    }

    private static String head(Path folder) {
        return """
                daemon off;
                user root;
                worker_processes 1;
                pid %1$s/pid;
                error_log %1$s/log;
                events {}
                http {
                  access_log off;
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                """.formatted(folder);
    }

    private String configuration(Path folder, int broker) {
        return head(folder) + """
                  server {
                    listen 127.0.0.1:%2$d ssl;
                    ssl_certificate %1$s/tls.crt;
                    ssl_certificate_key %1$s/tls.key;
                    ssl_client_certificate %1$s/clients.pem;
                    ssl_verify_client optional;
                    location / {
                      proxy_pass http://127.0.0.1:%3$d;
                      proxy_bind %4$s;
                      proxy_set_header Host $host;
                      proxy_set_header X-Forwarded-Proto https;
                      proxy_set_header ssl-client-cert $ssl_client_escaped_cert;
                    }
                  }
                }
                """.formatted(folder, port, broker, ADDRESS);
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        Programs.end(process);
    }
}
