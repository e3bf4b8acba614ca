package io.errand.broker.shared.web;

import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;

/** The table of a registry; its queries are declared where the table is named. */
public interface StoredRows<W> {

    Optional<W> findByName(String name);

    List<W> findByNameGreaterThanOrderByName(String after, Limit limit);

    List<W> findByNameLessThanOrderByNameDesc(String before, Limit limit);
}
