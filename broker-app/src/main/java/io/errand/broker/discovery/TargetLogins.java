package io.errand.broker.discovery;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backends;
import io.errand.broker.discovery.DiscoveredTable.Seen;
import io.errand.broker.shared.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Component;

/** Looks each hour which logins targets have that the broker did not make. */
@Component
class TargetLogins {

    private static final Logger LOG = LoggerFactory.getLogger(TargetLogins.class);

    /** Vault's logins carry a lease's id too, with its own words before and after it. */
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    private final Backends backends;
    private final DiscoveredTable table;

    TargetLogins(Backends backends, DiscoveredTable table) {
        this.backends = backends;
        this.table = table;
    }

    /** One run at a time in the cluster, and whichever replica is there does it. */
    @Configuration(proxyBeanMethods = false)
    static class Setup {

        @Bean
        RecurringTask<Void> discoveryJob(TargetLogins logins) {
            return Tasks.recurring("errand-discovery", FixedDelay.of(Duration.ofHours(1)))
                    .execute((instance, context) -> logins.look());
        }
    }

    /** A target that cannot be looked at keeps what was found there. */
    void look() {
        for (Backend backend : backends.all()) {
            for (Backend.OtherLogins found : others(backend)) {
                Instant begun = table.now();
                Set<UUID> leases = leases(found.logins());
                found.logins().stream()
                        .filter(login ->
                                idIn(login.name()).filter(leases::contains).isEmpty())
                        .forEach(login -> table.seen(
                                DiscoveredTable.LOGIN,
                                found.target(),
                                new Seen(login.name(), login.detail(), 1, login.hasSession())));
                table.gone(found.target(), begun);
            }
        }
    }

    private static List<Backend.OtherLogins> others(Backend backend) {
        try {
            return backend.otherLogins();
        } catch (RuntimeException e) {
            LOG.error("Backend {} failed while it listed logins", backend.name(), e);
            return List.of();
        }
    }

    private Set<UUID> leases(List<Backend.OtherLogin> logins) {
        List<UUID> ids =
                logins.stream().flatMap(login -> idIn(login.name()).stream()).toList();
        return ids.isEmpty() ? Set.of() : new HashSet<>(table.leases(ids));
    }

    private static Optional<UUID> idIn(String login) {
        Matcher id = ID.matcher(login);
        return id.find() ? Ids.parse(id.group()) : Optional.empty();
    }
}
