package io.errand.broker.tool;

/** A question that this room asks upwards; the room that keeps the leases answers it. */
public interface LiveLeasesOfTool {

    boolean any(String tool);

    /** Makes every live lease of the tool REVOKING, in the transaction under way. */
    void revoke(String tool, String reason, String who);
}
