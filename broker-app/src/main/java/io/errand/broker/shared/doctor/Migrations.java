package io.errand.broker.shared.doctor;

import java.util.Arrays;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.output.ValidateResult;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Whether the database has the schema of this build. It migrates nothing, whoever does. */
@Component
class Migrations implements Diagnostic {

    private final Flyway flyway;

    Migrations(DataSource database, Environment environment) {
        this.flyway = reading(database, Binder.get(environment));
    }

    /** The same files as at the start, or in another process, looked at and not run: no callback either, which may change something. */
    private static Flyway reading(DataSource database, Binder settings) {
        return Flyway.configure()
                .dataSource(database)
                .locations(settings.bind("spring.flyway.locations", Bindable.listOf(String.class))
                        .orElse(List.of("classpath:db/migration"))
                        .toArray(String[]::new))
                .ignoreMigrationPatterns(
                        settings.bind("spring.flyway.ignore-migration-patterns", Bindable.listOf(String.class))
                                .orElse(List.of("*:future"))
                                .toArray(String[]::new))
                .placeholderReplacement(false)
                .skipDefaultCallbacks(true)
                .load();
    }

    @Override
    public String area() {
        return "migrations";
    }

    @Override
    public List<Part> parts() {
        return List.of(Part.of("schema", this::look));
    }

    private Result look() {
        String missing = missing();
        if (missing != null) {
            return Result.error(
                    missing,
                    "Run io.errand.migration.Migrate with the owner's login, or let the service migrate at its start"
                            + " (docs/adr/0011-migrations-are-a-choice.md).");
        }
        ValidateResult valid = flyway.validateWithResult();
        if (!valid.validationSuccessful) {
            return Result.error(
                    "what was applied is not what this build knows: "
                            + valid.invalidMigrations.stream()
                                    .map(one -> one.version + " (" + one.errorDetails.errorCode + ")")
                                    .limit(5)
                                    .toList(),
                    "This build and the one that migrated differ: run the build that belongs to this database, and do"
                            + " not repair the history before you know which file changed.");
        }
        MigrationInfo[] later = Arrays.stream(flyway.info().all())
                .filter(one -> one.getState().isApplied() && !one.getState().isResolved())
                .toArray(MigrationInfo[]::new);
        MigrationInfo current = flyway.info().current();
        String version = current == null ? "none" : String.valueOf(current.getVersion());
        return later.length == 0
                ? Result.ok("the schema is at version " + version + ", as this build knows it")
                : Result.warning(
                        "the schema is at version " + version + ": " + later.length
                                + " migrations are of a newer build, or of an older one that this one has put together",
                        "While an upgrade is under way this is as it should be; afterwards run the newer build.");
    }

    /** A sentence; null: every migration of this build is applied. */
    @Nullable
    String missing() {
        MigrationInfo[] pending = flyway.info().pending();
        return pending.length == 0
                ? null
                : pending.length + " migrations of this build are not applied, the first is " + pending[0].getVersion();
    }
}
