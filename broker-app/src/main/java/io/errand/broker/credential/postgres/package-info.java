/** The {@code postgres} backend: a login role per lease, in group roles that the database's owner made. */
@NullMarked
package io.errand.broker.credential.postgres;

import org.jspecify.annotations.NullMarked;
