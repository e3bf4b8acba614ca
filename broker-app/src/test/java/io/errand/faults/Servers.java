package io.errand.faults;

import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import io.errand.testing.Vaults;

/** The PostgreSQL and the Vault of the tests here. Others have none of them: what is held, killed or counted there is ours. */
final class Servers {

    private static final class OfPostgres {
        private static final Postgres ONE = Surroundings.another();
    }

    private static final class OfVault {
        private static final Vaults ONE = Vaults.another();
    }

    private Servers() {}

    static Postgres postgres() {
        return OfPostgres.ONE;
    }

    static Vaults vault() {
        return OfVault.ONE;
    }

    /** The {@code host:port} of PostgreSQL, for lines to it. */
    static String postgresAddress() {
        return postgres().host() + ":" + postgres().port();
    }
}
