package io.errand.broker.shared.doctor;

import io.errand.broker.shared.health.BoundedHealth;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Where another process migrates, a replica may be there before the schema is. What is applied stays so, and is asked once. */
@Component("migrationsHealthIndicator")
class MigrationsHealth extends BoundedHealth {

    private final Migrations migrations;
    private volatile boolean seen;

    MigrationsHealth(Migrations migrations) {
        super("Whether the migrations are applied stands in the database, which gave no answer within a second.");
        this.migrations = migrations;
    }

    @Override
    protected Optional<String> missing() {
        if (seen) {
            return Optional.empty();
        }
        Optional<String> missing = Optional.ofNullable(migrations.missing());
        seen = missing.isEmpty();
        return missing.map(sentence -> sentence + ".");
    }

    @Override
    protected String faulty(Throwable fault) {
        return "Whether the migrations are applied could not be read from the database.";
    }
}
