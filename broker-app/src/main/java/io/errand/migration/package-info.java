/** Brings the database to the schema of this build, as a process of its own: so that the service's login need not own its tables. */
@NullMarked
package io.errand.migration;

import org.jspecify.annotations.NullMarked;
