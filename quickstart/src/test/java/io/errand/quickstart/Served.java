package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.cli.ApplyCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A broker that serves as {@code errand serve} does, in this process. */
public final class Served {

    private Served() {}

    /** One at a time: each sets up logging, which is one for the whole JVM. */
    static synchronized void start(LocalBroker broker) {
        broker.start(Map.of());
    }

    /** With what the example of the quickstart registers. */
    public static LocalBroker quickstart(Path data) {
        LocalBroker broker = new LocalBroker(DataDirectory.take(data), Ports.free());
        start(broker);
        assertThat(ApplyCommand.apply(List.of(Path.of("..", "examples", "quickstart")), broker::client, line -> {}))
                .isEmpty();
        return broker;
    }
}
