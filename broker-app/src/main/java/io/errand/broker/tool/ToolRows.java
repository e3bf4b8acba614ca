package io.errand.broker.tool;

import io.errand.broker.shared.web.StoredRows;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;

/** The table {@code tool}, in SQL, as that of agents. */
interface ToolRows extends Repository<ToolRow, UUID>, StoredRows<ToolRow> {

    /** By the unique index on {@code name}. */
    @Override
    @NativeQuery("SELECT * FROM tool WHERE name = :name")
    Optional<ToolRow> findByName(String name);

    /** By the primary key of {@code tool_location}. */
    @NativeQuery("SELECT t.* FROM tool t JOIN tool_location l ON l.tool_id = t.id WHERE l.location = :location")
    Optional<ToolRow> findByLocation(String location);

    @Override
    @NativeQuery("SELECT * FROM tool WHERE name > :after ORDER BY name")
    List<ToolRow> findByNameGreaterThanOrderByName(String after, Limit limit);

    @Override
    @NativeQuery("SELECT * FROM tool WHERE name < :before ORDER BY name DESC")
    List<ToolRow> findByNameLessThanOrderByNameDesc(String before, Limit limit);

    ToolRow saveAndFlush(ToolRow row);

    void delete(ToolRow row);

    void flush();
}
