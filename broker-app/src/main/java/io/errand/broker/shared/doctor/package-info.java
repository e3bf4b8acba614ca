/**
 * Whether everything is there that the service needs. Each room tells of its own part, as a {@link
 * io.errand.broker.shared.doctor.Diagnostic}; here they are asked together, and stands what is nobody's alone: database, migrations
 * and clock.
 */
@NullMarked
package io.errand.broker.shared.doctor;

import org.jspecify.annotations.NullMarked;
