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
 */
public record RevocationRequest(
        @Nullable Map<String, Object> scope,
        @Nullable String reason,
        @Nullable Boolean lock) {}
