package io.errand.broker.credential.postgres.check;

/**
 * Something at a target that is missing or too wide.
 *
 * @param severity {@code error}: leases cannot be made, or not be seen gone; {@code warning}: they can do more than need be
 * @param subject what at the target: a role, a database, a standby, a setting
 * @param detail what is wrong and what to do
 */
public record TargetFinding(String severity, String subject, String detail) {

    static TargetFinding error(String subject, String detail) {
        return new TargetFinding("error", subject, detail);
    }

    static TargetFinding warning(String subject, String detail) {
        return new TargetFinding("warning", subject, detail);
    }
}
