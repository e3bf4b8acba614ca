package io.errand.broker.key;

import io.errand.api.KeyView;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The life of a key: announced, so that whoever keeps our key set has it before he needs it; active; retiring, verifying what it
 * signed. Every replica looks once a minute, one at a time.
 */
@Component
class KeyRotation {

    private final SigningKeyRows rows;
    private final RotationProperties settings;
    private final ApplicationEventPublisher events;
    private final TransactionTemplate transaction;

    KeyRotation(
            SigningKeyRows rows,
            RotationProperties settings,
            ApplicationEventPublisher events,
            PlatformTransactionManager transactions) {
        this.rows = rows;
        this.settings = settings;
        this.events = events;
        this.transaction = new TransactionTemplate(transactions);
    }

    @Scheduled(fixedDelayString = "PT1M", initialDelayString = "PT1M")
    void onSchedule() {
        transaction.executeWithoutResult(status -> {
            rows.lockRotation();
            rows.announcedFor(settings.publishAhead()).forEach(alg -> promote(alg, null));
            rows.withoutSuccessorAfter(settings.rotationInterval().minus(settings.publishAhead()))
                    .forEach(alg -> announce(alg, null));
            rows.deleteRetiredBefore(settings.retention()).forEach(kid -> tell("key.deleted", kid, null));
        });
    }

    /**
     * On demand.
     *
     * @param immediately whether the new key signs at once, for a key that must not sign once more
     */
    List<KeyView> rotate(List<String> algs, boolean immediately, String who) {
        return transaction.execute(status -> {
            rows.lockRotation();
            for (String alg : algs) {
                announce(alg, who);
                if (immediately) {
                    promote(alg, who);
                }
            }
            return rows.all();
        });
    }

    private void announce(String alg, @Nullable String who) {
        rows.make(alg, "next").ifPresent(kid -> tell("key.announced", kid, who));
    }

    private void promote(String alg, @Nullable String who) {
        rows.retire(alg).ifPresent(kid -> tell("key.retired", kid, who));
        rows.activate(alg).ifPresent(kid -> tell("key.activated", kid, who));
    }

    private void tell(String kind, String kid, @Nullable String who) {
        events.publishEvent(new KeyRotated(kind, kid, who));
    }
}
