package io.errand.broker.audit;

import jakarta.annotation.PreDestroy;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * That somebody read a sensitive list (P4). The first page has its event before it is answered. Further pages share one event a
 * minute at this replica, which says how many they were: else whoever follows the audit log would read of his own reading for ever.
 * A replica that is killed loses what it has counted since its last minute, never that the list was read.
 */
@Component
public class Reads {

    static final String KIND = "admin.read";

    private static final Logger LOG = LoggerFactory.getLogger(Reads.class);

    private static final int MOST_COUNTED = 10_000;
    private static final int MOST_OF_A_VALUE = 256;

    private final Audit audit;
    private final TransactionTemplate transaction;
    private final ConcurrentHashMap<Read, Pages> counted = new ConcurrentHashMap<>();

    Reads(Audit audit, TransactionTemplate transaction) {
        this.audit = audit;
        this.transaction = transaction;
    }

    /**
     * Who read which list.
     *
     * @param filter what was asked for, by the parameter's name; long values are cut
     */
    public record Read(@Nullable String who, String list, Map<String, String> filter) {

        public Read {
            Map<String, String> cut = new TreeMap<>();
            filter.forEach((name, value) ->
                    cut.put(name, value.length() > MOST_OF_A_VALUE ? value.substring(0, MOST_OF_A_VALUE) : value));
            filter = cut;
        }
    }

    private record Pages(long pages, long items) {

        Pages plus(Pages more) {
            return new Pages(pages + more.pages, items + more.items);
        }
    }

    /** @param follows whether it follows another page, or claims to */
    public void page(Read read, boolean follows, long items) {
        if (follows) {
            next(read, items);
        } else {
            write(read, new Pages(1, items));
        }
    }

    /** A page that follows another one; one without items told nothing. */
    void next(Read read, long items) {
        if (items == 0) {
            return;
        }
        Pages page = new Pages(1, items);
        if (counted.size() < MOST_COUNTED || counted.containsKey(read)) {
            counted.merge(read, page, Pages::plus);
        } else {
            write(read, page);
        }
    }

    @PreDestroy
    @Scheduled(fixedDelayString = "PT1M")
    void writeCounted() {
        for (Read read : counted.keySet()) {
            Pages pages = counted.remove(read);
            if (pages != null) {
                try {
                    write(read, pages);
                } catch (RuntimeException e) {
                    counted.merge(read, pages, Pages::plus);
                    LOG.warn("{} pages that were read wait to be recorded: {}", pages.pages, e.toString());
                }
            }
        }
    }

    private void write(Read read, Pages pages) {
        transaction.executeWithoutResult(status -> audit.record(AuditEvent.of(KIND)
                .by(read.who())
                .with("list", read.list())
                .with("filter", read.filter().isEmpty() ? null : read.filter())
                .with("pages", pages.pages())
                .with("items", pages.items())));
    }
}
