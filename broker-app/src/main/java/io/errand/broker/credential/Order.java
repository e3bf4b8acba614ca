package io.errand.broker.credential;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a backend is asked to make.
 *
 * @param actions what the credential may do
 * @param validUntil when it must be dead at the latest
 * @param task whose it is, for what the target can show: the ids {@code task} and {@code root},
 *     {@code type}, {@code agent}, {@code sub}, {@code act}, the tool's {@code tenant}, {@code authorization_details}
 */
public record Order(UUID lease, Binding binding, List<String> actions, Instant validUntil, Map<String, Object> task) {}
