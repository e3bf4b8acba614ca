/** What the pages of the documentation say is done. */
@org.jspecify.annotations.NullMarked
package io.errand.quickstart.pages;
