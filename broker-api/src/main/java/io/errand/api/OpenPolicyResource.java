package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * Policies about entity types of their own, for gateways that ask about other things than tasks and tools.
 *
 * @param kind always {@code OpenPolicy}
 * @param schema in Cedar's own format; it declares nothing in the namespace {@code Errand}. Required
 * @param cedar the policies, validated against that schema; of the annotations they may have {@code @id}, {@code @reason} and
 *     {@code @description}. Required
 */
public record OpenPolicyResource(
        @Nullable String kind,
        @Nullable String name,
        @Nullable String schema,
        @Nullable String cedar) {}
