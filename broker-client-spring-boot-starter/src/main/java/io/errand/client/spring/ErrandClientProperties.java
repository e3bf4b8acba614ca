package io.errand.client.spring;

import io.errand.client.WorkloadTokens;
import java.net.URI;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where the broker is, and who this workload is.
 *
 * @param url the broker's address; without it there is no client
 * @param tokenFile the workload's token, read anew for each exchange; absent: the variable {@code ERRAND_WORKLOAD_TOKEN}
 */
@ConfigurationProperties("errand.client")
record ErrandClientProperties(URI url, @Nullable Path tokenFile) {

    Supplier<String> workloadToken() {
        return tokenFile == null ? WorkloadTokens.environment("ERRAND_WORKLOAD_TOKEN") : WorkloadTokens.file(tokenFile);
    }
}
