package io.errand.broker.task;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** @param maxChildren of one task at a time: those that live, and delegations that can still be taken up */
@ConfigurationProperties("errand.task")
record TaskProperties(@DefaultValue("16") int maxChildren) {

    TaskProperties {
        if (maxChildren < 1) {
            throw new IllegalArgumentException("errand.task.max-children is at least 1");
        }
    }
}
