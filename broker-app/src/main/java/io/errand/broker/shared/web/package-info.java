/** What the rooms' web parts share: the shape of a registry's endpoints, and how faults are answered. */
@NullMarked
package io.errand.broker.shared.web;

import org.jspecify.annotations.NullMarked;
