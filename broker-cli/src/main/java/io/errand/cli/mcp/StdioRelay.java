package io.errand.cli.mcp;

import io.errand.cli.mcp.Guard.Fate;
import io.errand.cli.mcp.Message.Unreadable;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The stdio transport of MCP: one message a line, the client at one end and a process at the other. */
public final class StdioRelay {

    /** Calls that are being decided; the client's next message waits while there are as many. */
    private static final int MAX_DECIDING = 64;

    /** For a server whose input has ended to end, then for one that was told to. */
    private static final int GRACE_SECONDS = 10;

    private final Guard guard;
    private final Consumer<String> note;
    private final Lines client;
    private final Sink toClient;
    private final Semaphore deciding = new Semaphore(MAX_DECIDING);
    private @Nullable Thread answers;

    public StdioRelay(Guard guard, InputStream fromClient, OutputStream toClient, Consumer<String> note) {
        this.guard = guard;
        this.note = note;
        this.client = Lines.of(fromClient);
        this.toClient = new Sink(toClient);
    }

    /** Lines go out whole, whoever writes them. */
    private static final class Sink {

        private final OutputStream out;
        private final ReentrantLock turn = new ReentrantLock();

        Sink(OutputStream out) {
            this.out = new BufferedOutputStream(out, 64 * 1024);
        }

        void write(Message message) throws IOException {
            write(message, () -> true);
        }

        /** @param isStillWanted asked when its turn has come, so that nothing that goes out later can have changed the answer */
        void write(Message message, BooleanSupplier isStillWanted) throws IOException {
            byte[] line = message.bytes();
            turn.lock();
            try {
                if (!isStillWanted.getAsBoolean()) {
                    return;
                }
                out.write(line);
                out.write('\n');
                out.flush();
            } finally {
                turn.unlock();
            }
        }

        void close() throws IOException {
            turn.lock();
            try {
                out.close();
            } finally {
                turn.unlock();
            }
        }
    }

    /** Returns at once; when the client goes, the server is ended. */
    public void connect(Process server) {
        Sink toServer = new Sink(server.getOutputStream());
        answers = Thread.ofPlatform().daemon().name("mcp-server").start(() -> fromServer(server.getInputStream()));
        Thread.ofPlatform().daemon().name("mcp-client").start(() -> fromClient(toServer, server));
    }

    /** Waits until what the server said has been passed on. */
    public void drain() throws InterruptedException {
        if (answers != null) {
            answers.join(TimeUnit.SECONDS.toMillis(GRACE_SECONDS));
        }
    }

    private void fromClient(Sink toServer, Process server) {
        try {
            try {
                for (byte[] line = client(); line != null; line = client()) {
                    clientSaid(line, toServer);
                }
            } catch (IOException e) {
                note.accept("the client or the server is gone: " + e.getMessage());
            }
            guard.stopWaiting();
            deciding.acquire(MAX_DECIDING);
            toServer.close();
            end(server);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            server.destroy(); // its input is closed already
        }
    }

    private byte @Nullable [] client() throws IOException {
        while (true) {
            try {
                return client.next();
            } catch (Lines.TooLong e) {
                toClient.write(Message.unreadable("A message has at most " + Message.MAX_BYTES + " bytes."));
            }
        }
    }

    private void clientSaid(byte[] line, Sink toServer) throws IOException, InterruptedException {
        if (isBlank(line)) {
            return;
        }
        Message message;
        try {
            message = Message.read(line);
        } catch (Unreadable e) {
            toClient.write(e.answer());
            return;
        }
        Fate fate = guard.fromClient("", message);
        if (fate instanceof Fate.Ask(var decision)) {
            deciding.acquire();
            Thread.ofVirtual().name("mcp-call").start(() -> {
                try {
                    follow(decision.get(), toServer);
                } catch (IOException e) {
                    note.accept("the client or the server is gone: " + e.getMessage());
                } finally {
                    deciding.release();
                }
            });
        } else {
            follow(fate, toServer);
        }
    }

    private void follow(Fate fate, Sink toServer) throws IOException {
        switch (fate) {
            case Fate.Pass(Message message) -> toServer.write(message);
            case Fate.Call(Message message, var isStillWanted) -> toServer.write(message, isStillWanted);
            case Fate.Answer(Message message) -> toClient.write(message);
            case Fate.Drop drop -> {}
            case Fate.Ask(var decision) -> follow(decision.get(), toServer);
        }
    }

    private void fromServer(InputStream out) {
        Lines server = Lines.of(out);
        try {
            while (true) {
                try {
                    byte[] line = server.next();
                    if (line == null) {
                        return;
                    }
                    if (!isBlank(line)) {
                        toClient.write(guard.fromServer("", Message.read(line)));
                    }
                } catch (Unreadable | Lines.TooLong e) {
                    note.accept("the server said something that is no message, which was dropped: " + e.getMessage());
                }
            }
        } catch (IOException e) {
            note.accept("the client or the server is gone: " + e.getMessage());
        }
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private static void end(Process server) throws InterruptedException {
        if (!server.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
            server.destroy();
            if (!server.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        }
    }
}
