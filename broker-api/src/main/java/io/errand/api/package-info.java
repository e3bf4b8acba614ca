/**
 * The wire of Errand: what is sent and answered, as records, and the mapper that reads and writes them.
 *
 * <p>Members are snake_case on the wire. Times are RFC 3339 in UTC, durations ISO 8601 of seconds to days ({@code PT10M},
 * never months or years). Absent and {@code null} mean the same; unknown members are refused.
 */
@org.jspecify.annotations.NullMarked
package io.errand.api;
