package io.errand.broker.stream;

import java.util.Map;
import java.util.Set;

/**
 * What kinds of events have in common, in words that collectors of events share.
 *
 * @param room what is before the dot
 * @param verb what is after it
 */
record EventKind(String room, String verb, Activity activity, Severity severity) {

    /** What was done to the thing that the event is about. */
    enum Activity {
        CREATE(1),
        READ(2),
        UPDATE(3),
        DELETE(4),
        REFUSE(99);

        private final int ocsf;

        Activity(int ocsf) {
            this.ocsf = ocsf;
        }

        /** {@code activity_id} of OCSF's Entity Management. */
        int ocsf() {
            return ocsf;
        }
    }

    /** How much it matters to whoever watches. */
    enum Severity {
        INFORMATIONAL(1, 6, 9),
        LOW(2, 5, 10),
        MEDIUM(3, 4, 13),
        HIGH(4, 2, 15);

        private final int ocsf;
        private final int syslog;
        private final int otlp;

        Severity(int ocsf, int syslog, int otlp) {
            this.ocsf = ocsf;
            this.syslog = syslog;
            this.otlp = otlp;
        }

        /** {@code severity_id}. */
        int ocsf() {
            return ocsf;
        }

        /** RFC 5424 §6.2.1: informational, notice, warning, critical. */
        int syslog() {
            return syslog;
        }

        /** {@code SeverityNumber}: INFO, INFO2, WARN, WARN3. */
        int otlp() {
            return otlp;
        }
    }

    private static final Set<String> CREATES = Set.of(
            "activated",
            "announced",
            "begun",
            "created",
            "granted",
            "group_created",
            "ordered",
            "permitted",
            "proposed",
            "raised",
            "requested",
            "saved",
            "set",
            "signed_in",
            "token_created",
            "user_created");
    private static final Set<String> READS = Set.of("read", "exported", "disclosed");
    private static final Set<String> DELETES = Set.of(
            "cancelled",
            "cleared",
            "deleted",
            "ended",
            "erased",
            "expired",
            "group_deleted",
            "lifted",
            "months_dropped",
            "retired",
            "revoked",
            "signed_out",
            "token_revoked",
            "user_deleted",
            "voided");

    private static final Map<String, Severity> REMARKABLE = Map.ofEntries(
            Map.entry("audit.log_continued", Severity.HIGH),
            Map.entry("breakglass.activated", Severity.HIGH),
            Map.entry("breakglass.used", Severity.HIGH),
            Map.entry("breakglass.review_overdue", Severity.HIGH),
            Map.entry("lease.irrevocable", Severity.HIGH),
            Map.entry("lock.set", Severity.HIGH),
            Map.entry("observation.unleased", Severity.HIGH),
            Map.entry("revocation.ordered", Severity.HIGH),
            Map.entry("audit.disclosed", Severity.MEDIUM),
            Map.entry("audit.erased", Severity.MEDIUM),
            Map.entry("deployment.adopted", Severity.MEDIUM),
            Map.entry("deployment.separated", Severity.MEDIUM),
            Map.entry("directory.change_pending", Severity.MEDIUM),
            Map.entry("exception.approved", Severity.MEDIUM),
            Map.entry("lease.late", Severity.MEDIUM),
            Map.entry("risk.raised", Severity.MEDIUM));

    static EventKind of(String kind) {
        int dot = kind.indexOf('.');
        String room = dot < 0 ? kind : kind.substring(0, dot);
        String verb = kind.substring(dot + 1);
        Activity activity = activity(verb);
        Severity severity = room.equals("reconcile")
                ? Severity.MEDIUM
                : REMARKABLE.getOrDefault(kind, activity == Activity.REFUSE ? Severity.LOW : Severity.INFORMATIONAL);
        return new EventKind(room, verb, activity, severity);
    }

    private static Activity activity(String verb) {
        if (verb.endsWith("denied") || verb.endsWith("refused") || verb.equals("refusals_counted")) {
            return Activity.REFUSE;
        }
        if (CREATES.contains(verb)) {
            return Activity.CREATE;
        }
        if (READS.contains(verb)) {
            return Activity.READ;
        }
        return DELETES.contains(verb) ? Activity.DELETE : Activity.UPDATE;
    }

    /** Whether somebody showed who he is, or failed to. */
    boolean isAuthentication() {
        return room.equals("console")
                || name().equals("admin.refused")
                || name().equals("directory.refused")
                || name().equals("task.token_refused");
    }

    boolean isRefusal() {
        return activity == Activity.REFUSE;
    }

    String name() {
        return room + "." + verb;
    }
}
