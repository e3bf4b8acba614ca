package io.errand.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.log.Checkpoint;
import io.errand.api.log.Proof;
import io.errand.api.log.VerifierKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A witness (C2SP tlog-witness) over HTTP that cosigns what is consistent with what it cosigned before, and says how much that was where
 * it is asked from another size. A real one is in {@code interop/log}.
 */
public final class TestWitness implements AutoCloseable {

    private final HttpServer server;
    private final String name;
    private final KeyPair pair;
    private final byte[] typed = new byte[33];
    private final AtomicReference<@Nullable VerifierKey> log = new AtomicReference<>();
    private volatile long size;
    private volatile byte[] root = new byte[0];

    public TestWitness(String name) {
        this.name = name;
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
        byte[] encoded = pair.getPublic().getEncoded();
        typed[0] = 4;
        System.arraycopy(encoded, encoded.length - 32, typed, 1, 32);
        server.createContext("/add-checkpoint", this::serve);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public String vkey() {
        return name + "+" + HexFormat.of().formatHex(id()) + "+"
                + Base64.getEncoder().encodeToString(typed);
    }

    /** From now on it knows the log, and has seen so much of it. */
    public void knows(VerifierKey key, long seen) {
        size = seen;
        log.set(key);
    }

    /** How many entries it has cosigned. */
    public long size() {
        return size;
    }

    private byte[] id() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
            return Arrays.copyOf(digest.digest(typed), 4);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            int end = body.indexOf("\n\n");
            List<String> head = body.substring(0, end).lines().toList();
            Checkpoint checkpoint = Checkpoint.parse(body.substring(end + 2)).orElseThrow();
            long old = Long.parseLong(head.getFirst().substring("old ".length()));
            List<byte[]> proof =
                    head.stream().skip(1).map(Base64.getDecoder()::decode).toList();
            VerifierKey key = log.get();
            if (key == null || !key.name().equals(checkpoint.origin())) {
                answer(exchange, 404, "unknown log\n");
            } else if (!checkpoint.isOf(key)) {
                answer(exchange, 403, "not its signature\n");
            } else if (old != size) {
                exchange.getResponseHeaders().set("Content-Type", "text/x.tlog.size");
                answer(exchange, 409, size + "\n");
            } else if (size > 0 && !Proof.isConsistent(size, root, checkpoint.size(), checkpoint.root(), proof)) {
                answer(exchange, 422, "inconsistent\n");
            } else {
                size = checkpoint.size();
                root = checkpoint.root();
                answer(exchange, 200, cosignature(checkpoint));
            }
        }
    }

    private String cosignature(Checkpoint checkpoint) {
        long time = Clock.systemUTC().instant().getEpochSecond();
        try {
            Signature ed25519 = Signature.getInstance("Ed25519");
            ed25519.initSign(pair.getPrivate());
            ed25519.update(
                    ("cosignature/v1\ntime " + time + "\n" + checkpoint.note().text())
                            .getBytes(StandardCharsets.UTF_8));
            byte[] bytes = ByteBuffer.allocate(4 + 8 + 64)
                    .put(id())
                    .putLong(time)
                    .put(ed25519.sign())
                    .array();
            return "\u2014 " + name + " " + Base64.getEncoder().encodeToString(bytes) + "\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) {
        try {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
