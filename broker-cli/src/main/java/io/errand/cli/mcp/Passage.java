package io.errand.cli.mcp;

import com.sun.net.httpserver.HttpExchange;
import io.errand.cli.mcp.Guard.Fate;
import io.errand.cli.mcp.Message.Unreadable;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request of the client's. A message is a POST, and is answered by JSON or by a stream of events; a GET is a stream for
 * what the server says by itself, or for the rest of one that broke; a DELETE ends the session.
 */
final class Passage {

    private final HttpExchange exchange;
    private final String session;
    private final Upstream upstream;
    private final Guard guard;
    private final Consumer<String> note;

    /** @param session whose ids the messages' are of */
    Passage(HttpExchange exchange, String session, Upstream upstream, Guard guard, Consumer<String> note) {
        this.exchange = exchange;
        this.session = session;
        this.upstream = upstream;
        this.guard = guard;
        this.note = note;
    }

    void message() throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(Message.MAX_BYTES + 1);
        if (body.length > Message.MAX_BYTES) {
            refuse(413, "A message has at most " + Message.MAX_BYTES + " bytes.");
            return;
        }
        Message message;
        try {
            message = Message.read(body);
        } catch (Unreadable e) {
            json(400, e.answer());
            return;
        }
        Optional<String> name = Methods.nameIn(message);
        if (!isNamed("Mcp-Method", message.method()) || (name.isPresent() && !isNamed("Mcp-Name", name.get()))) {
            json(400, message.invalid("Mcp-Method and Mcp-Name say what the message says, or are not there."));
            return;
        }
        follow(guard.fromClient(session, message), message);
    }

    /** Who is between here and the server may go by these headers, without a look at the message (MCP, SEP-2243). */
    private boolean isNamed(String header, String said) {
        return exchange.getRequestHeaders().getOrDefault(header, List.of()).stream()
                .map(HeaderText::decoded)
                .allMatch(value -> value.filter(said::equals).isPresent());
    }

    /** A request without a message. */
    void bare() throws IOException {
        forward(null);
    }

    private void follow(Fate fate, Message asked) throws IOException {
        switch (fate) {
            case Fate.Pass(Message passed) -> forward(passed);
            case Fate.Call(Message call, var isStillWanted) -> {
                if (isStillWanted.getAsBoolean()) {
                    forward(call);
                } else {
                    send(202, new byte[0]);
                }
            }
            case Fate.Answer(Message answer) -> json(status(asked, answer), answer);
            case Fate.Drop drop -> send(202, new byte[0]);
            case Fate.Ask(var decision) -> follow(decision.get(), asked);
        }
    }

    /** From 2026-07-28 on, a method that is not there is a 404; before, that is a session which is over. */
    private static int status(Message asked, Message answer) {
        return asked.isModern() && answer.errorCode() == Message.NO_METHOD ? 404 : 200;
    }

    private void forward(@Nullable Message message) throws IOException {
        try {
            HttpResponse<InputStream> answer = sent(message);
            if (answer != null) {
                try (InputStream body = answer.body()) {
                    answered(answer, body, message);
                }
            }
        } finally {
            if (message != null) {
                guard.unanswered(session, message);
            }
        }
    }

    /** Nothing, where the client was told that there is no answer. */
    private @Nullable HttpResponse<InputStream> sent(@Nullable Message message) throws IOException {
        try {
            return upstream.send(exchange.getRequestMethod(), exchange.getRequestHeaders(), message);
        } catch (Upstream.Unreached e) {
            if (message != null) {
                guard.failed(session, message, "not reached");
            }
            gone(e);
        } catch (IOException e) {
            gone(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return null;
    }

    private void answered(HttpResponse<?> answer, InputStream body, @Nullable Message asked) throws IOException {
        int status = answer.statusCode();
        boolean isGood = status / 100 == 2;
        if (asked != null && !isGood && status < 500) {
            guard.failed(session, asked, "HTTP " + status);
        }
        if (isGood && exchange.getRequestMethod().equals("DELETE")) {
            guard.forget(session);
        }
        String type = answer.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (type.startsWith("text/event-stream")) {
            Upstream.copy(answer, exchange.getResponseHeaders());
            exchange.sendResponseHeaders(status, 0);
            new Events(guard, session, note).relay(body, exchange.getResponseBody());
            return;
        }
        byte[] bytes;
        try {
            bytes = body.readNBytes(Message.MAX_BYTES + 1);
            if (bytes.length > Message.MAX_BYTES) {
                throw new IOException("an answer of more than " + Message.MAX_BYTES + " bytes");
            }
            if (isGood && type.startsWith("application/json") && bytes.length > 0) {
                bytes = seen(bytes, asked);
            }
        } catch (IOException | Unreadable e) {
            gone(e);
            return;
        }
        Upstream.copy(answer, exchange.getResponseHeaders());
        send(status, bytes);
    }

    /** Some servers answer a notification, or the end of a session, with some JSON. It means nothing (MCP, Streamable HTTP). */
    private byte[] seen(byte[] bytes, @Nullable Message asked) throws Unreadable {
        try {
            return guard.fromServer(session, Message.read(bytes)).bytes();
        } catch (Unreadable e) {
            if (asked != null && asked.isRequest()) {
                throw e;
            }
            return bytes;
        }
    }

    private void gone(Exception cause) throws IOException {
        note.accept("no answer of the server at " + upstream + ": " + cause.getMessage());
        refuse(502, "The server did not answer.");
    }

    void refuse(int status, String text) throws IOException {
        json(status, Message.unreadable(text));
    }

    private void json(int status, Message message) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        send(status, message.bytes());
    }

    private void send(int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }
}
