package io.errand.client.spring;

import io.errand.api.CaFile;
import io.errand.client.Errand;
import io.errand.client.Patience;
import io.errand.client.WorkloadTokens;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where the broker is, and who this workload is.
 *
 * @param url the broker's address; without it there is no client
 * @param tokenFile the workload's token, read anew for each exchange; absent: the variable {@code ERRAND_WORKLOAD_TOKEN}
 * @param caFile certificates (PEM) of those who sign for the broker, beside whom the JDK trusts; read once
 */
@ConfigurationProperties("errand.client")
record ErrandClientProperties(
        URI url, @Nullable Path tokenFile, @Nullable Path caFile) {

    Errand errand() {
        return caFile == null
                ? Errand.at(url, workloadToken())
                : Errand.at(url, workloadToken(), Patience.USUAL, trusting(caFile));
    }

    private static SSLContext trusting(Path file) {
        try {
            return CaFile.tls(file);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(
                    "errand.client.ca-file: there are no certificates in PEM in " + file + ".", e);
        }
    }

    private Supplier<String> workloadToken() {
        return tokenFile == null ? WorkloadTokens.environment("ERRAND_WORKLOAD_TOKEN") : WorkloadTokens.file(tokenFile);
    }
}
