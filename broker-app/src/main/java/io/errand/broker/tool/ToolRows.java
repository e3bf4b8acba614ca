package io.errand.broker.tool;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

/** The table {@code tool}. */
interface ToolRows extends Repository<ToolRow, UUID> {

    /** By the unique index on {@code name}. */
    Optional<ToolRow> findByName(String name);

    /** By the primary key of {@code tool_location}. */
    @Query("SELECT t FROM ToolRow t JOIN t.locations l WHERE l = :location")
    Optional<ToolRow> findByLocation(String location);

    List<ToolRow> findByNameGreaterThanOrderByName(String after, Limit limit);

    List<ToolRow> findByNameLessThanOrderByNameDesc(String before, Limit limit);

    ToolRow saveAndFlush(ToolRow row);

    void delete(ToolRow row);

    void flush();
}
