package io.errand.broker.identity.issuer;

import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Issuers;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

@Component
class IssuersInForce implements Issuers {

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;

    IssuersInForce(JdbcClient jdbc, CurrentTransaction transaction) {
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    @Override
    public boolean isRegistered(String name) {
        return registered(List.of(name));
    }

    @Override
    public List<String> names() {
        return jdbc.sql("SELECT name FROM issuer LIMIT 10000")
                .query(String.class)
                .list();
    }

    /** Uses the unique index on the name. */
    @Override
    public Optional<Registered> byName(String name) {
        return one("name", name);
    }

    /** Uses the unique index on the identifier. */
    @Override
    public Optional<Registered> byIdentifier(String identifier) {
        return one("issuer", identifier);
    }

    private Optional<Registered> one(String column, String value) {
        return jdbc.sql("SELECT name, issuer, purpose, spec ->> 'subject' IS NOT NULL AS mapped FROM issuer WHERE "
                        + column + " = :value")
                .param("value", value)
                .query((row, n) -> new Registered(
                        row.getString("name"),
                        row.getString("issuer"),
                        IssuerPurpose.valueOf(row.getString("purpose").toUpperCase(Locale.ROOT)),
                        row.getBoolean("mapped")))
                .optional();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean hold(Collection<String> names) {
        return transaction.isUnchanged() || registered(names);
    }

    /** Uses the unique index on the name. */
    private boolean registered(Collection<String> names) {
        Set<String> different = Set.copyOf(names);
        return jdbc.sql("SELECT count(*) FROM issuer WHERE name = ANY (:names::text[])")
                        .param("names", different.toArray(String[]::new))
                        .query(Integer.class)
                        .single()
                == different.size();
    }
}
