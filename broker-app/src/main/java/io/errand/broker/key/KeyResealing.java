package io.errand.broker.key;

import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Signing keys follow the key-encryption key: what another of the configured ones has sealed is sealed again under the first, at the
 * start and each minute, by one replica at a time. A service that cannot open what stands in the database does not start, and
 * says what to do.
 */
@Component
class KeyResealing implements SmartInitializingSingleton {

    private final SigningKeyRows rows;
    private final LogKeys logKeys;
    private final ApplicationEventPublisher events;
    private final TransactionTemplate transaction;

    KeyResealing(
            SigningKeyRows rows,
            LogKeys logKeys,
            ApplicationEventPublisher events,
            PlatformTransactionManager transactions) {
        this.rows = rows;
        this.logKeys = logKeys;
        this.events = events;
        this.transaction = new TransactionTemplate(transactions);
    }

    /** Before the first request: a lost key is told by a start that fails, not by the first exchange. */
    @Override
    public void afterSingletonsInstantiated() {
        List<String> closed =
                Stream.concat(rows.closed().stream(), logKeys.closed().stream()).toList();
        if (!closed.isEmpty()) {
            throw new IllegalStateException(SigningKeyRows.closedBy(String.join(", ", closed)));
        }
    }

    @Scheduled(fixedDelayString = "PT1M")
    void onSchedule() {
        transaction.executeWithoutResult(status -> {
            rows.lockRotation();
            Stream.concat(rows.resealed().stream(), logKeys.resealed().stream())
                    .forEach(kid -> events.publishEvent(new KeyRotated("key.resealed", kid, null)));
        });
    }
}
