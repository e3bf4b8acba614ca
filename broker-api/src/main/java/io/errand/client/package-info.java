/**
 * Errand for Java programs: plain JDK HTTP and Jackson, blocking calls that suit virtual threads, nothing to configure but an
 * address and where the workload's token comes from.
 *
 * <pre>{@code
 * try (Errand errand = Errand.at(URI.create("https://errand.example"), WorkloadTokens.file(Path.of("/var/run/errand/token")))) {
 *     TaskRequest triage = TaskRequest.of("triage").purpose("Match invoice 4711").allow("orders-db", "read");
 *     try (Task task = errand.begin(triage); Lease orders = task.lease("orders-db", "read")) {
 *         match(DriverManager.getConnection(orders.value("jdbc_url"), orders.value("username"), orders.value("password")));
 *         task.complete(Outcome.SUCCEEDED, "matched");
 *     } catch (Refused refused) {
 *         switch (refused.refusal()) {
 *             case Refusal.Unavailable later -> tryAgainIn(later.retryAfter());
 *             case Refusal other -> tell(other.detail());
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>A task that is left without {@code complete}, by an exception for example, is cancelled: its credentials go at once. One whose
 * process dies, or whose network does, ends at its {@code ttl}. A request whose reply is lost is sent again under the same
 * {@code Idempotency-Key}, so that no credential is left that nobody holds.
 *
 * <p>Everything here may be shared between threads.
 */
@org.jspecify.annotations.NullMarked
package io.errand.client;
