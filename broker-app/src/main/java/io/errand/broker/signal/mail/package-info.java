/** Notices by mail (RFC 5321, RFC 5322): one server, of the configuration. */
@NullMarked
package io.errand.broker.signal.mail;

import org.jspecify.annotations.NullMarked;
