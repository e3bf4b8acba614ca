package io.errand.cli;

import java.net.URI;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which broker a command speaks to that shows an agent's token and no administrator's: a mixin. */
final class AgentsBroker {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data directory of a local `errand serve`. Without it: ERRAND_URL, else .errand.")
    private @Nullable Path data;

    @Mixin
    private Authorities authorities = new Authorities();

    URI address() {
        return Connection.address(data);
    }

    @Nullable
    SSLContext tls() {
        return authorities.tls();
    }
}
