package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether everything that a broker needs is there and works: {@code GET /admin/v1/doctor}.
 *
 * @param status the worst of the checks: {@code ok}, {@code warning} or {@code error}
 * @param checks errors first, then warnings
 */
public record DoctorReport(String status, List<Check> checks) {

    /**
     * One thing that was looked at.
     *
     * @param area which part of the service: {@code database}, {@code migrations}, {@code keys}, {@code clock}, {@code issuers},
     *     {@code targets}, {@code vault}, {@code leases}, {@code deployment}, {@code approvals} or {@code signals}
     * @param subject what of it
     * @param status {@code ok}; {@code warning}: it works, and something should be done; {@code error}: something does not work
     * @param detail what was seen
     * @param remedy what to do; null: nothing
     */
    public record Check(
            String area,
            String subject,
            String status,
            String detail,
            @Nullable String remedy) {}
}
