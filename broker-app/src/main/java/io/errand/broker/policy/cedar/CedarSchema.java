package io.errand.broker.policy.cedar;

import com.cedarpolicy.model.exception.CacheException;
import com.cedarpolicy.model.exception.InternalException;
import com.cedarpolicy.model.schema.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.springframework.stereotype.Component;

/** The published schema, parsed once on the native side. */
@Component
class CedarSchema {

    private static final String FILE = "schema.cedarschema";

    private final Schema schema;

    CedarSchema() {
        try (InputStream file = CedarSchema.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException(FILE + " is not on the class path");
            }
            schema = Schema.parse(Schema.JsonOrCedar.Cedar, new String(file.readAllBytes(), StandardCharsets.UTF_8));
            schema.cache();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InternalException | CacheException e) {
            throw new IllegalStateException(FILE + " is not a schema", e);
        }
    }

    Schema schema() {
        return schema;
    }
}
