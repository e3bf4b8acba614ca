package io.errand.broker.stream;

import io.errand.api.CaFile;
import io.errand.api.Json;
import io.errand.api.Sha256;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Syslog (RFC 5424) over TLS, each message after its length (RFC 5425), facility 13, <i>log audit</i>. Syslog has no word for <i>taken</i>:
 * so each batch is a connection of its own, whose end the receiver has to see (TLS close_notify) and to answer by ending it too. What it
 * had not read by then makes the connection fail, and is sent again.
 */
final class SyslogReceiver implements StreamReceiver {

    private static final int CONNECT_MILLIS = 5_000;
    private static final int SILENCE_MILLIS = 10_000;
    private static final int FACILITY = 13;

    private final String host;
    private final int port;
    private final @Nullable Path caFile;
    private final int maxBytes;
    private final EventFormat format;
    private final String sender;
    private final String version;

    /** @param sender what messages say is the host that they are from */
    SyslogReceiver(
            String address, @Nullable Path caFile, int maxBytes, EventFormat format, String sender, String version) {
        int colon = address.lastIndexOf(':');
        this.host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
        this.port = Integer.parseInt(address.substring(colon + 1));
        this.caFile = caFile;
        this.maxBytes = maxBytes;
        this.format = format;
        this.sender = printable(sender, 255);
        this.version = printable(version, 32);
    }

    @Override
    public void take(List<Entry> entries) throws NotTaken {
        try (Socket connection = new Socket()) {
            connection.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            connection.setSoTimeout(SILENCE_MILLIS);
            try (SSLSocket tls = (SSLSocket) tls().getSocketFactory().createSocket(connection, host, port, false)) {
                SSLParameters parameters = tls.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                tls.setSSLParameters(parameters);
                OutputStream out = new BufferedOutputStream(tls.getOutputStream(), 1 << 14);
                for (Entry entry : entries) {
                    byte[] message = message(entry);
                    out.write((message.length + " ").getBytes(StandardCharsets.US_ASCII));
                    out.write(message);
                }
                out.flush();
                tls.shutdownOutput();
                awaitEnd(tls.getInputStream());
                awaitEnd(connection.getInputStream()); // a reset instead of an end: there was something that it had not
                // read
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new NotTaken(
                    "syslog at " + host + ":" + port + ": " + e.getClass().getSimpleName());
        }
    }

    /** A receiver says nothing; the first thing that it does is to end the connection. */
    private static void awaitEnd(InputStream in) throws IOException {
        while (in.read() >= 0) {
            // whatever it says is not for us
        }
    }

    private SSLContext tls() throws IOException, GeneralSecurityException {
        return caFile == null ? SSLContext.getDefault() : CaFile.tls(CaFile.alone(caFile));
    }

    byte[] message(Entry entry) {
        byte[] message = message(entry, entry.sent());
        if (message.length <= maxBytes) {
            return message;
        }
        ObjectNode shorter = (ObjectNode) entry.event().deepCopy();
        shorter.set("details", Json.mapper().valueToTree(Map.of("line_sha256", Sha256.hex(entry.line()))));
        return message(entry, format.write(shorter, Json.mapper().writeValueAsBytes(shorter)));
    }

    private byte[] message(Entry entry, byte[] json) {
        EventKind kind = entry.kind();
        int priority = FACILITY * 8 + kind.severity().syslog();
        long sequence = entry.event().path("place").asLong() % Integer.MAX_VALUE + 1;
        String header = "<" + priority + ">1 " + entry.at().truncatedTo(ChronoUnit.MICROS) + " " + sender + " errand - "
                + printable(kind.name(), 32) + " [origin software=\"errand\" swVersion=\"" + version
                + "\"][meta sequenceId=\"" + sequence + "\"] ";
        byte[] head = header.getBytes(StandardCharsets.US_ASCII);
        byte[] message = new byte[head.length + json.length];
        System.arraycopy(head, 0, message, 0, head.length);
        System.arraycopy(json, 0, message, head.length, json.length);
        return message;
    }

    /** Of the header's words, which have no spaces and are no longer than that. */
    private static String printable(String text, int most) {
        String word = text.replaceAll("[^!#-\\[^-~]", "_");
        return word.isEmpty() ? "-" : word.substring(0, Math.min(word.length(), most));
    }
}
