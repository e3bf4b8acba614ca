/** What the service asks elsewhere over HTTP because somebody named an address: in one way, and nothing that is private by chance. */
@NullMarked
package io.errand.broker.shared.outbound;

import org.jspecify.annotations.NullMarked;
