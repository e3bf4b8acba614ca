package io.errand.conformance.description;

import io.swagger.v3.core.util.Yaml31;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Addresses whose description is written out in a file, since no signature shows what they take. */
public final class Written {

    private Written() {}

    /** What the file beside this class says stands in the place of what was guessed. */
    public static void into(OpenAPI document, Class<?> beside, String file) {
        OpenAPI written = read(beside, file);
        Components ours = written.getComponents();
        Components all = document.getComponents();
        written.getPaths().forEach(document.getPaths()::addPathItem);
        each(ours.getSchemas(), all::addSchemas);
        each(ours.getResponses(), all::addResponses);
        each(ours.getHeaders(), all::addHeaders);
    }

    private static <T> void each(@Nullable Map<String, T> named, BiConsumer<String, T> to) {
        if (named != null) {
            named.forEach(to);
        }
    }

    private static OpenAPI read(Class<?> beside, String name) {
        try (InputStream file = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
            return Yaml31.mapper().readValue(file, OpenAPI.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
