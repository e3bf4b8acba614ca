/** The service beside what others wrote: its own description, clients of other hands, published vectors, known advisories. */
@NullMarked
package io.errand.conformance;

import org.jspecify.annotations.NullMarked;
