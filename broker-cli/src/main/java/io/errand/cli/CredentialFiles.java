package io.errand.cli;

import io.errand.api.Json;
import io.errand.api.TokenResponse;
import io.errand.client.Lease;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A private file for each credential, gone when the task is. */
final class CredentialFiles implements Handover {

    private final PrivateDirectory directory = new PrivateDirectory();

    @Override
    public void give(List<Lease> leases, Map<String, String> environment) throws IOException {
        for (Lease lease : leases) {
            TokenResponse.Credential credential = lease.credential();
            // A tool's name has letters, digits, dots and hyphens.
            Path file = directory.file(credential.tool() + ".json");
            PrivateFile.write(file, Json.mapper().writeValueAsString(credential.data()));
            environment.put(CredentialNames.variable(credential.tool(), "file"), file.toString());
        }
    }

    @Override
    public List<Path> places() {
        return directory.made().stream().toList();
    }

    @Override
    public void close() throws IOException {
        directory.close();
    }
}
