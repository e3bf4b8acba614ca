/** What is measured by looking at the database. */
@NullMarked
package io.errand.broker.shared.metrics;

import org.jspecify.annotations.NullMarked;
