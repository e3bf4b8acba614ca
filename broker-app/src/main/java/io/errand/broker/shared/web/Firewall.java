package io.errand.broker.shared.web;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;

/** What stands before every chain of filters. Its rules are the framework's. */
@Configuration(proxyBeanMethods = false)
class Firewall {

    /** The framework matches every character of every header that is asked for by a regular expression; a token has a thousand. */
    @Bean
    HttpFirewall httpFirewall() {
        StrictHttpFirewall firewall = new StrictHttpFirewall();
        firewall.setAllowedHeaderNames(name -> name.chars().allMatch(Firewall::isText));
        firewall.setAllowedHeaderValues(value -> value.chars().allMatch(c -> c == '\t' || isText(c)));
        return firewall;
    }

    private static boolean isText(int c) {
        return (c >= ' ' && c < 0x7f) || (Character.isDefined(c) && !Character.isISOControl(c));
    }

    /** Requests are measured as a whole; a span for each filter of each chain costs more than most of the filters. */
    @Bean
    SecurityObservationSettings securityObservations() {
        return SecurityObservationSettings.noObservations();
    }
}
