package io.errand.migration;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The command that migrates does so with the settings of a service that leaves it to others. */
class MigrateTest {

    @Test
    void migratesWhereTheServiceItselfMayNot() {
        Schema schema = Schema.empty();

        Migrate.main(new String[] {
            "--spring.flyway.enabled=false",
            "--spring.datasource.url=" + schema.server().url(schema.name()),
            "--spring.datasource.username=" + schema.server().user(),
            "--spring.datasource.password=" + schema.server().password()
        });

        assertThat(schema.objects()).isEqualTo(Schema.empty().migrated("").objects());
    }
}
