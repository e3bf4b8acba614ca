package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a draft agent of an identity, or says who answers for a login.
 *
 * @param name of the agent; required for an identity, and absent for a login
 * @param owner who answers for it; required
 * @param purpose what it is for; required
 * @param taskTypes what the agent may declare; required for an identity, and absent for a login
 */
public record DiscoveredRegistration(
        @Constraint(pattern = Constraint.NAME) @Nullable String name,
        @Constraint(required = true) @Nullable String owner,
        @Constraint(required = true) @Nullable String purpose,
        @Constraint(pattern = Constraint.NAME) @Nullable List<String> taskTypes) {}
