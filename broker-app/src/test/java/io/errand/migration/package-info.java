@NullMarked
package io.errand.migration;

import org.jspecify.annotations.NullMarked;
