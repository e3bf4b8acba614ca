@org.jspecify.annotations.NullMarked
package io.errand.quickstart.demo;
