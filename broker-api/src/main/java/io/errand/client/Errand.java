package io.errand.client;

import io.errand.api.TokenResponse;
import java.net.URI;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** A broker, as one agent uses it. Make one and keep it; closing it ends no task. */
public final class Errand implements AutoCloseable {

    private final Transport transport;
    private final TokenExchange exchange;

    private Errand(Transport transport, Supplier<String> workloadToken) {
        this.transport = transport;
        this.exchange = new TokenExchange(transport, workloadToken);
    }

    /** With the usual {@link Patience}. */
    public static Errand at(URI broker, Supplier<String> workloadToken) {
        return at(broker, workloadToken, Patience.USUAL);
    }

    /**
     * @param broker its address: {@code https}, or {@code http} on a network that nobody else reads
     * @param workloadToken asked for each exchange, so that one that is replaced while the program runs is always fresh; see
     *     {@link WorkloadTokens}
     */
    public static Errand at(URI broker, Supplier<String> workloadToken, Patience patience) {
        return new Errand(new Transport(broker, patience, null), workloadToken);
    }

    /** The same, where the broker's certificate is not signed by whom the JDK trusts; see {@link io.errand.api.CaFile}. */
    public static Errand at(URI broker, Supplier<String> workloadToken, Patience patience, SSLContext tls) {
        return new Errand(new Transport(broker, patience, tls), workloadToken);
    }

    /**
     * Declares a task and gets what it is allowed, all of it or nothing. Close the task when the work is done.
     *
     * @throws Refused if the broker says no; nothing was issued
     * @throws Unanswered if nobody knows; what may have been issued ends with the task's {@code ttl}
     */
    public Task begin(TaskRequest request) {
        long asked = System.nanoTime();
        TokenResponse granted = exchange.begin(request);
        return new Task(transport, exchange, granted, new BrokerTime(granted, asked));
    }

    /**
     * The same, and where policy wants a person's approval, asks for it and waits.
     *
     * @throws Refused if the broker or the person says no, or nobody has decided in time; nothing was issued
     * @throws Unanswered if nobody knows; what may have been issued ends with the task's {@code ttl}
     */
    public Task begin(TaskRequest request, Waiting waiting) {
        ApprovedExchange.Granted granted = new ApprovedExchange(transport, exchange).begin(request, waiting);
        return new Task(transport, exchange, granted.response(), new BrokerTime(granted.response(), granted.asked()));
    }

    /** Gives up what waits for its next try, and closes the connections. */
    @Override
    public void close() {
        transport.close();
    }
}
