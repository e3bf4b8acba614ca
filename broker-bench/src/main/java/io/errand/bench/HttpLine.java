package io.errand.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * One connection that is kept open, for requests one after the other. It does as little as HTTP/1.1 allows, because the load
 * shares its processors with what it measures.
 */
final class HttpLine implements AutoCloseable {

    private static final int ANSWER_TIMEOUT_MS = 30_000;
    private static final int MAX_BODY = 1 << 20;

    private final URI base;
    private final StringBuilder line = new StringBuilder();
    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private boolean over;

    /** @param body empty unless it was wanted */
    record Answer(int status, String body) {}

    HttpLine(URI base) throws IOException {
        this.base = base;
        socket = connected(base);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    private static Socket connected(URI base) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(ANSWER_TIMEOUT_MS);
        socket.connect(new InetSocketAddress(base.getHost(), base.getPort()), ANSWER_TIMEOUT_MS);
        return socket;
    }

    /** A form as it goes over the line, made before the clock runs. */
    static byte[] post(URI base, String path, String headers, String form) {
        return post(base, path, "application/x-www-form-urlencoded", headers, form);
    }

    static byte[] json(URI base, String path, String headers, String json) {
        return post(base, path, "application/json", headers, json);
    }

    private static byte[] post(URI base, String path, String type, String headers, String form) {
        byte[] body = form.getBytes(StandardCharsets.US_ASCII);
        String head = "POST " + path + " HTTP/1.1\r\nHost: " + base.getAuthority()
                + "\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length + "\r\n"
                + headers + "\r\n";
        return (head + form).getBytes(StandardCharsets.US_ASCII);
    }

    Answer send(byte[] request) throws IOException {
        if (over) { // servers close a connection after so many requests, and say so
            socket.close();
            socket = connected(base);
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
            over = false;
        }
        out.write(request);
        out.flush();
        String status = readLine();
        int length = -1;
        boolean chunked = false;
        for (String header = readLine(); !header.isEmpty(); header = readLine()) {
            if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(header.substring(15).strip());
            } else if (header.regionMatches(true, 0, "transfer-encoding:", 0, 18)) {
                chunked = header.substring(18).strip().equalsIgnoreCase("chunked");
            } else if (header.regionMatches(true, 0, "connection:", 0, 11)) {
                over = header.substring(11).strip().equalsIgnoreCase("close");
            }
        }
        return new Answer(Integer.parseInt(status.substring(9, 12)), chunked ? chunks() : exactly(Math.max(0, length)));
    }

    private String chunks() throws IOException {
        StringBuilder body = new StringBuilder();
        for (int size = Integer.parseInt(readLine(), 16); size > 0; size = Integer.parseInt(readLine(), 16)) {
            body.append(exactly(size));
            readLine();
        }
        readLine();
        return body.toString();
    }

    private String exactly(int bytes) throws IOException {
        if (bytes > MAX_BODY) {
            throw new IOException("an answer of " + bytes + " bytes");
        }
        return new String(in.readNBytes(bytes), StandardCharsets.UTF_8);
    }

    private String readLine() throws IOException {
        line.setLength(0);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the other side hung up");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
