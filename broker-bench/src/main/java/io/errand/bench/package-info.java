/**
 * {@code ./errand bench}: how fast the service is beside what people use now. The load comes from this process, each side is a
 * process of its own with a PostgreSQL of its own, and the sides are measured in turns of the same run, so that only the ratio
 * counts and not the machine.
 */
@org.jspecify.annotations.NullMarked
package io.errand.bench;
