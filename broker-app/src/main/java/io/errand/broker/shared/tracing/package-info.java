/** Spans of OpenTelemetry, where an endpoint for them is configured; elsewhere nothing of them is loaded. */
@NullMarked
package io.errand.broker.shared.tracing;

import org.jspecify.annotations.NullMarked;
