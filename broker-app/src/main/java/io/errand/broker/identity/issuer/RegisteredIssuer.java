package io.errand.broker.identity.issuer;

import static java.util.Objects.requireNonNull;

import io.errand.api.IssuerResource;
import io.errand.broker.shared.web.StoredRow;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import java.util.Locale;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Persistable;

/**
 * A row of {@code issuer}. The version is counted here and not by JPA: it is the {@code ETag}, starts at 1 and rises with every
 * replacement, and whoever replaces holds the row's lock.
 */
@Entity
@Table(name = "issuer")
class RegisteredIssuer implements StoredRow<IssuerResource>, Persistable<UUID> {

    @Id
    private @Nullable UUID id;

    private String name = "";

    private long version;

    @Column(name = "issuer")
    private String iss = "";

    private String purpose = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable IssuerResource spec;

    @Transient
    private boolean isNew;

    /** For JPA. */
    protected RegisteredIssuer() {}

    RegisteredIssuer(UUID id, String name, ValidIssuer valid) {
        this.id = id;
        this.name = name;
        this.isNew = true;
        replace(valid);
    }

    final void replace(ValidIssuer valid) {
        version++;
        iss = valid.iss();
        purpose = valid.purpose().name().toLowerCase(Locale.ROOT);
        spec = valid.resource();
    }

    @Override
    public @Nullable UUID getId() {
        return id;
    }

    @Override
    public boolean isNew() {
        return isNew;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public IssuerResource spec() {
        return requireNonNull(spec);
    }
}
