package io.errand.broker.evaluation;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How decisions about actions are made.
 *
 * @param batch most decisions that share one commit; those of one request always do
 * @param queue most requests that wait for one; those beyond are told to come back
 * @param asking most requests about which external decision points are asked at a time; each holds a thread, and no connection
 * @param timeout how long a request waits for its decision
 * @param keepArguments whether the text of action, resource and context is kept, or its digest alone
 */
@ConfigurationProperties("errand.evaluation")
record EvaluationProperties(
        @DefaultValue("128") int batch,
        @DefaultValue("4096") int queue,
        @DefaultValue("64") int asking,
        @DefaultValue("PT5S") Duration timeout,
        @DefaultValue("false") boolean keepArguments) {

    EvaluationProperties {
        require(batch >= 1 && batch <= 1_000, "batch", "is a number from 1 to 1000");
        require(queue >= 1 && queue <= 1_000_000, "queue", "is a number from 1 to 1000000");
        require(asking >= 1 && asking <= 1_000, "asking", "is a number from 1 to 1000");
        require(timeout.toMillis() >= 100 && timeout.toSeconds() <= 60, "timeout", "is a duration from PT0.1S to PT1M");
    }

    private static void require(boolean good, String key, String sentence) {
        if (!good) {
            throw new IllegalArgumentException("errand.evaluation." + key + " " + sentence);
        }
    }
}
