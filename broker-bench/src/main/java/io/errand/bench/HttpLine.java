package io.errand.bench;

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
    private final byte[] buffer = new byte[16 * 1024];
    private int next;
    private int filled;
    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private boolean over;

    /** @param body empty unless it was wanted */
    record Answer(int status, String body) {}

    HttpLine(URI base) throws IOException {
        this.base = base;
        socket = connected(base);
        in = socket.getInputStream();
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

    static byte[] get(URI base, String path, String headers) {
        return ("GET " + path + " HTTP/1.1\r\nHost: " + base.getAuthority() + "\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
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
            in = socket.getInputStream();
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
        if (bytes <= filled - next) {
            String body = new String(buffer, next, bytes, StandardCharsets.ISO_8859_1);
            next += bytes;
            return body;
        }
        byte[] body = new byte[bytes];
        int done = filled - next;
        System.arraycopy(buffer, next, body, 0, done);
        next = filled;
        in.readNBytes(body, done, bytes - done);
        return new String(body, StandardCharsets.ISO_8859_1);
    }

    /** Without its end, which is a line feed and what comes before it. */
    private String readLine() throws IOException {
        int from = next;
        while (true) {
            for (; next < filled; next++) {
                if (buffer[next] == '\n') {
                    int end = next > from && buffer[next - 1] == '\r' ? next - 1 : next;
                    next++;
                    return new String(buffer, from, end - from, StandardCharsets.ISO_8859_1);
                }
            }
            System.arraycopy(buffer, from, buffer, 0, filled - from);
            next -= from;
            filled -= from;
            from = 0;
            int more = in.read(buffer, filled, buffer.length - filled);
            if (more <= 0) {
                throw new EOFException("the other side hung up");
            }
            filled += more;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
