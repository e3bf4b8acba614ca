package io.errand.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** As whom a command speaks to a local broker: a mixin. */
final class Person {

    @Option(names = "--as", paramLabel = "PERSON", description = "At a local `errand serve`: who you are.")
    private @Nullable String name;

    BrokerClient at(Connection connection, List<String> groups) {
        return connection.broker(name, groups);
    }
}
