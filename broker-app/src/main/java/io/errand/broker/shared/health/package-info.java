/** Whether this replica may be sent requests, and if not, which part is missing, in a sentence. */
@NullMarked
package io.errand.broker.shared.health;

import org.jspecify.annotations.NullMarked;
