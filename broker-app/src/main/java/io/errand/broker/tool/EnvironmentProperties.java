package io.errand.broker.tool;

import io.errand.broker.shared.Names;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where tools may stand.
 *
 * @param environments {@code errand.environments}: what a tool's {@code environment} may say, so that a policy which forbids
 *     something in one of them does not pass over a tool whose environment is spelled otherwise. By default {@code production},
 *     {@code staging}, {@code development} and {@code test}
 */
@ConfigurationProperties("errand")
public record EnvironmentProperties(
        @DefaultValue({"production", "staging", "development", "test"})
        List<String> environments) {

    public EnvironmentProperties {
        environments = List.copyOf(environments);
        if (environments.isEmpty()
                || environments.stream().anyMatch(name -> Names.check(name).isPresent())) {
            throw new IllegalArgumentException("errand.environments has at least one name. " + Names.RULE);
        }
    }
}
