package io.errand.broker.shared.web;

import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;

/** How any registry of named resources is read. */
public abstract class Registry<R, W extends StoredRow<R>> implements Resources<R> {

    private final StoredRows<W> rows;

    protected Registry(StoredRows<W> rows) {
        this.rows = rows;
    }

    @Override
    public Optional<Versioned<R>> find(String name) {
        return rows.findByName(name).map(this::versioned);
    }

    @Override
    public List<Versioned<R>> list(@Nullable String after, int limit, SortOrder order) {
        List<W> found = order == SortOrder.ASC
                ? rows.findByNameGreaterThanOrderByName(after == null ? "" : after, Limit.of(limit))
                : rows.findByNameLessThanOrderByNameDesc(after == null ? Names.LAST : after, Limit.of(limit));
        return found.stream().map(this::versioned).toList();
    }

    /** @param expected null: any version, or none */
    protected boolean isStale(Optional<W> row, @Nullable Long expected) {
        return expected != null
                && row.map(StoredRow::version).filter(expected::equals).isEmpty();
    }

    protected static Problem stale(String kind, String name) {
        return Problem.stale("The " + kind + " '" + name + "' is not at that version; GET it again.");
    }

    protected Versioned<R> versioned(W row) {
        return new Versioned<>(row.name(), row.spec(), row.version());
    }
}
