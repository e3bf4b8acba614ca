package io.errand.broker.tasktype;

import io.errand.broker.shared.web.StoredRows;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;

/** The table {@code task_type}, in SQL, as that of agents. */
interface TaskTypeRows extends Repository<TaskTypeRow, UUID>, StoredRows<TaskTypeRow> {

    /** By the unique index on {@code name}. */
    @Override
    @NativeQuery("SELECT * FROM task_type WHERE name = :name")
    Optional<TaskTypeRow> findByName(String name);

    @Override
    @NativeQuery("SELECT * FROM task_type WHERE name > :after ORDER BY name")
    List<TaskTypeRow> findByNameGreaterThanOrderByName(String after, Limit limit);

    @Override
    @NativeQuery("SELECT * FROM task_type WHERE name < :before ORDER BY name DESC")
    List<TaskTypeRow> findByNameLessThanOrderByNameDesc(String before, Limit limit);

    TaskTypeRow saveAndFlush(TaskTypeRow row);

    void delete(TaskTypeRow row);

    void flush();
}
