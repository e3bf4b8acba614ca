package io.errand.api;

import java.time.Instant;
import java.util.List;

/**
 * An owner who is gone.
 *
 * @param who who said so
 * @param agents those that they answer for: they may finish what runs and begin nothing, until they are transferred
 */
public record DepartedOwner(String owner, String who, String reason, Instant at, List<String> agents) {}
