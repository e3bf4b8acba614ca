package io.errand.broker.shared.web;

import io.errand.broker.shared.Ids;
import jakarta.persistence.Id;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.PostLoad;
import jakarta.persistence.PostPersist;
import jakarta.persistence.Transient;
import jakarta.persistence.Version;
import java.util.UUID;
import org.springframework.data.domain.Persistable;

/** A row whose id is made here, and whose versions JPA counts. */
@MappedSuperclass
public abstract class VersionedRow<R> implements StoredRow<R>, Persistable<UUID> {

    @Id
    private UUID id = Ids.next();

    private String name = "";

    @Version
    private long version = 1;

    @Transient
    private boolean fresh = true;

    /** For Hibernate. */
    protected VersionedRow() {}

    protected VersionedRow(String name) {
        this.name = name;
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
    public UUID getId() {
        return id;
    }

    @Override
    public boolean isNew() {
        return fresh;
    }

    @PostLoad
    @PostPersist
    void stored() {
        fresh = false;
    }
}
