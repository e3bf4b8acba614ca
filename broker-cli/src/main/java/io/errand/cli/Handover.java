package io.errand.cli;

import io.errand.client.Lease;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** How a command comes by its credentials. The methods are called in this order; what was left anywhere goes when this closes. */
interface Handover extends AutoCloseable {

    /** Before the command starts, whose environment this is. */
    void give(List<Lease> leases, Map<String, String> environment) throws IOException;

    /** What to start so that the command runs. */
    default List<String> started(List<String> command) {
        return command;
    }

    /** Directories that the command reads them from. */
    default List<Path> places() {
        return List.of();
    }

    @Override
    default void close() throws IOException {}

    /** Each member of a credential is a variable. */
    final class ByEnvironment implements Handover {

        @Override
        public void give(List<Lease> leases, Map<String, String> environment) {
            leases.forEach(lease -> environment.putAll(CredentialNames.variables(lease)));
        }
    }
}
