package io.errand.broker.identity.issuer;

import io.errand.broker.shared.web.StoredRows;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.NativeQuery;

/** The table {@code issuer}, in SQL, as that of agents. */
interface IssuerRows extends JpaRepository<RegisteredIssuer, UUID>, StoredRows<RegisteredIssuer> {

    @Override
    @NativeQuery("SELECT * FROM issuer WHERE name = :name")
    Optional<RegisteredIssuer> findByName(String name);

    @NativeQuery("SELECT * FROM issuer WHERE name = :name FOR UPDATE")
    Optional<RegisteredIssuer> lockByName(String name);

    @Override
    @NativeQuery("SELECT * FROM issuer WHERE name > :after ORDER BY name")
    List<RegisteredIssuer> findByNameGreaterThanOrderByName(String after, Limit limit);

    @Override
    @NativeQuery("SELECT * FROM issuer WHERE name < :before ORDER BY name DESC")
    List<RegisteredIssuer> findByNameLessThanOrderByNameDesc(String before, Limit limit);
}
