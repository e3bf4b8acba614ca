/** Pages that list every member and every setting are held against the records that they describe. */
@org.jspecify.annotations.NullMarked
package io.errand.reference;
