package io.errand.api;

import java.time.Instant;
import java.util.Map;

/**
 * A lock that stands.
 *
 * @param scope exactly one member: {@code agent}, {@code owner}, {@code person}, {@code task}, {@code task_tree}, {@code tool},
 *     {@code issuer} or {@code all}
 * @param who the operator who set it
 */
public record LockView(String id, Map<String, Object> scope, String reason, String who, Instant createdAt) {}
