package io.errand.quickstart.issuer;

import com.sun.net.httpserver.HttpServer;
import io.errand.cli.DevelopmentKey;
import io.errand.cli.DevelopmentTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Executors;

/** Two OIDC issuers on loopback: their documents, and where people sign in. Other tokens are made from the key. */
public final class DevelopmentIssuer implements AutoCloseable {

    /** The client identifier of the console: a public client, which has no secret. */
    public static final String CONSOLE = "errand-console";

    private final HttpServer server;
    private final DevelopmentTokens tokens;

    private DevelopmentIssuer(HttpServer server, DevelopmentTokens tokens) {
        this.server = server;
        this.tokens = tokens;
    }

    /**
     * @param data the data directory, where the key and the password are, or will be
     * @param broker the broker's address, whose console people sign in to
     */
    public static DevelopmentIssuer start(Path data, int port, String broker) throws IOException {
        return start(data, port, broker, Clock.systemUTC());
    }

    static DevelopmentIssuer start(Path data, int port, String broker, Clock clock) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        int own = server.getAddress().getPort();
        DevelopmentKey key = DevelopmentKey.loadOrCreate(data);
        DevelopmentTokens tokens = new DevelopmentTokens(key, "http://127.0.0.1:" + own, clock);
        Documents documents = new Documents(key.publicJwk());
        documents
                .of(tokens.workloads(), Map.of())
                .forEach((path, reply) -> serve(server, Endpoint.document(path, reply)));
        documents
                .of(tokens.people(), Documents.signIn(tokens.people()))
                .forEach((path, reply) -> serve(server, Endpoint.document(path, reply)));

        Client console = new Client(CONSOLE, broker, broker + "/console/signed-in");
        Codes codes = new Codes(clock);
        serve(
                server,
                Endpoint.authorization(
                        own, new AuthorizationEndpoint(console, DevelopmentPassword.loadOrCreate(data), codes)));
        serve(server, Endpoint.token(own, new TokenEndpoint(console, codes, tokens)));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return new DevelopmentIssuer(server, tokens);
    }

    private static void serve(HttpServer server, Endpoint endpoint) {
        server.createContext(endpoint.path(), endpoint);
    }

    public DevelopmentTokens tokens() {
        return tokens;
    }

    /** What the sign-in page asks for. */
    public static Path passwordFile(Path data) {
        return DevelopmentPassword.file(data);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
