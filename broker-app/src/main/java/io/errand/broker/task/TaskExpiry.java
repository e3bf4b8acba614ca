package io.errand.broker.task;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Ends tasks whose time is over, with nobody asking; every replica does it, and each row is one replica's. */
@Component
class TaskExpiry {

    private static final int BATCH = 200;

    private final Endings endings;

    TaskExpiry(Endings endings) {
        this.endings = endings;
    }

    @Scheduled(fixedDelayString = "${errand.task.expiry-interval:PT0.5S}")
    void expire() {
        int ended;
        do {
            ended = endings.expireOverdue(BATCH);
        } while (ended == BATCH);
    }
}
