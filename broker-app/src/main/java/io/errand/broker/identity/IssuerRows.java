package io.errand.broker.identity;

import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;

interface IssuerRows extends JpaRepository<RegisteredIssuer, UUID> {

    Optional<RegisteredIssuer> findByName(String name);

    Optional<RegisteredIssuer> findByIss(String iss);

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("SELECT row FROM RegisteredIssuer row WHERE row.name = :name")
    Optional<RegisteredIssuer> lockByName(String name);

    List<RegisteredIssuer> findByNameGreaterThanOrderByName(String after, Limit limit);

    List<RegisteredIssuer> findByNameLessThanOrderByNameDesc(String before, Limit limit);
}
