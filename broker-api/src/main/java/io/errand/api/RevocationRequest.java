package io.errand.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an operator asks to be revoked.
 *
 * @param scope exactly one member: {@code agent}, {@code owner}, {@code person}, {@code task}, {@code task_tree}, {@code tool},
 *     {@code issuer} or {@code lease} with a name or id, or {@code all} with true
 * @param reason required; 1 to 1024 characters
 * @param lock whether a lock stands afterwards; by default true, and for a single lease false, which needs none
 * @param evenIfUnknown whether a name that nothing is known by is locked all the same, ahead of time; by default false: it is taken for
 *     a mistake, and refused
 */
public record RevocationRequest(
        @Nullable Map<String, Object> scope,
        @Nullable String reason,
        @Nullable Boolean lock,
        @Nullable Boolean evenIfUnknown) {}
