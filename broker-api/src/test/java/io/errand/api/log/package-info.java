@org.jspecify.annotations.NullMarked
package io.errand.api.log;
