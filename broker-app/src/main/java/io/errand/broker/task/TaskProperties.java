package io.errand.broker.task;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How many tasks there may be, and what of them is kept.
 *
 * @param maxChildren of one task at a time: those that live, and delegations that can still be taken up
 * @param maxLivePerAgent tasks that one agent may have at a time
 * @param maxDelegationsPerAgent that one agent's live tasks may have given out and nobody has taken up
 * @param keepPrompt whether the text of {@code task.prompt} is kept with the task; otherwise only its SHA-256 is
 */
@ConfigurationProperties("errand.task")
record TaskProperties(
        @DefaultValue("16") int maxChildren,
        @DefaultValue("10000") int maxLivePerAgent,
        @DefaultValue("1000") int maxDelegationsPerAgent,
        @DefaultValue("false") boolean keepPrompt) {

    TaskProperties {
        atLeastOne("max-children", maxChildren);
        atLeastOne("max-live-per-agent", maxLivePerAgent);
        atLeastOne("max-delegations-per-agent", maxDelegationsPerAgent);
    }

    private static void atLeastOne(String key, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("errand.task." + key + " is at least 1");
        }
    }
}
