package io.errand.broker.identity.spiffe;

import io.errand.api.Json;
import io.errand.broker.identity.jwt.KeySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A trust bundle that somebody on this machine keeps up to date, such as a SPIFFE helper; read again as often as an issuer would
 * be asked.
 *
 * @param path from the service's configuration, never from the API; null: none was configured
 */
public record BundleFile(String trustDomain, @Nullable Path path) implements KeySource {

    @Override
    public Fetch fetch() {
        if (path == null) {
            return new Failed("errand.identity.spiffe-bundles has no file for " + trustDomain);
        }
        try {
            return Files.size(path) <= Json.MAX_DOCUMENT_BYTES
                            && Json.mapper().readValue(Files.readString(path), Object.class) instanceof Map<?, ?> bundle
                            && bundle.get("keys") instanceof List<?> keys
                    ? TrustBundle.read(keys)
                    : new Failed("the bundle file of " + trustDomain + " is no trust bundle");
        } catch (IOException | JacksonException e) {
            return new Failed("the bundle file of " + trustDomain + " cannot be read: "
                    + e.getClass().getSimpleName());
        }
    }
}
