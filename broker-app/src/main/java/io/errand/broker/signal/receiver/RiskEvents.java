package io.errand.broker.signal.receiver;

import io.errand.broker.agent.Agents;
import io.errand.broker.risk.RiskReports;
import io.errand.broker.signal.receiver.RegisteredTransmitters.Registered;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Tasks;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Events about a risk (CAEP 1.0 {@code risk-level-change}, RISC 1.0 {@code credential-compromise}). They raise the risk of the agent that
 * is the workload, and of the sessions that a person's agents, or one workload of many, have now.
 */
@Component
class RiskEvents {

    static final String RISK_LEVEL_CHANGE = "https://schemas.openid.net/secevent/caep/event-type/risk-level-change";
    static final String CREDENTIAL_COMPROMISE =
            "https://schemas.openid.net/secevent/risc/event-type/credential-compromise";

    static final Set<String> TYPES = Set.of(RISK_LEVEL_CHANGE, CREDENTIAL_COMPROMISE);

    /** Of a device, a tenant or a group nothing is known here. */
    private static final Set<String> PRINCIPALS = Set.of("USER", "SESSION", "OTHER");

    /** Sessions of one subject, the newest ones. */
    private static final int MOST_SESSIONS = 50;

    private static final int LONGEST_REASON = 256;

    private final RiskReports reports;
    private final Agents agents;
    private final Tasks tasks;

    RiskEvents(RiskReports reports, Agents agents, Tasks tasks) {
        this.reports = reports;
        this.agents = agents;
        this.tasks = tasks;
    }

    /** @param points 0: it is over */
    record Level(int points, String reason) {}

    /** Empty: the event is none that says one. */
    Optional<Level> level(Registered transmitter, String type, @Nullable Object payload) {
        if (!(payload instanceof Map<?, ?> members)) {
            return Optional.empty();
        }
        TransmitterProperties.Risk risk = transmitter.risk();
        String about = "security event: " + type.substring(type.lastIndexOf('/') + 1);
        if (type.equals(CREDENTIAL_COMPROMISE)) {
            return members.get("credential_type") instanceof String kind
                    ? Optional.of(new Level(risk.compromised(), cut(about + " " + kind)))
                    : Optional.empty();
        }
        if (!(members.get("principal") instanceof String principal) || !PRINCIPALS.contains(principal)) {
            return Optional.empty();
        }
        String why = members.get("risk_reason") instanceof String said ? ": " + said : "";
        return switch (String.valueOf(members.get("current_level"))) {
            case "LOW" -> Optional.of(new Level(0, cut(about + " LOW" + why)));
            case "MEDIUM" -> Optional.of(new Level(risk.medium(), cut(about + " MEDIUM" + why)));
            case "HIGH" -> Optional.of(new Level(risk.high(), cut(about + " HIGH" + why)));
            default -> Optional.empty();
        };
    }

    /**
     * In the transaction under way.
     *
     * @return false: as many signals stand as may
     */
    boolean tell(Registered transmitter, Level level, List<Scope> scopes) {
        return scopes.stream().allMatch(scope -> tell(transmitter, level, scope));
    }

    private boolean tell(Registered transmitter, Level level, Scope scope) {
        Optional<String> agent = agent(scope);
        if (agent.isPresent()) {
            return reports.tell(told(transmitter, level, agent.get(), null));
        }
        return tasks.trees(scope, MOST_SESSIONS).stream()
                .allMatch(root -> reports.tell(told(transmitter, level, null, root)));
    }

    /** One of many that begin alike is not the agent. */
    private Optional<String> agent(Scope scope) {
        int colon = scope.value().indexOf(':');
        return scope.kind() == Scope.Kind.WORKLOAD
                ? agents.withExactly(
                        scope.value().substring(0, colon), scope.value().substring(colon + 1))
                : Optional.empty();
    }

    private static RiskReports.Told told(
            Registered transmitter, Level level, @Nullable String agent, @Nullable UUID root) {
        return new RiskReports.Told(
                agent, root, level.points(), level.reason(), transmitter.risk().lasts(), transmitter.who());
    }

    private static String cut(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ");
        int end = Math.min(line.length(), LONGEST_REASON);
        return line.substring(0, Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end);
    }
}
