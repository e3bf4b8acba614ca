/**
 * Runs a command by bubblewrap, apart from everything that its user has.
 *
 * <p>A network of its own has nothing in it but a loopback device. What the command may reach is passed through sockets in a private
 * directory: {@link Inside}, in the command's own network, listens where the command connects, and {@link Outside} connects where it
 * was to go. Names are told by a hosts file, so that the command uses the address in its credential as it is, and TLS checks the
 * name that it should.
 */
@NullMarked
package io.errand.cli.sandbox;

import org.jspecify.annotations.NullMarked;
