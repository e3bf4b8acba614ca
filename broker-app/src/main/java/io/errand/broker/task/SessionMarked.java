package io.errand.broker.task;

/**
 * A session has what it had not; published in the transaction in which it lands, and handled there.
 *
 * @param news the labels, tools and counters that it had not
 * @param who caused it, as in the audit log
 */
public record SessionMarked(Sessions.Key session, Sessions.Memory news, String who) {}
