package io.errand.broker.exception;

/**
 * An exception counts no more. Published in the transaction of its end; live leases of the agent are decided again.
 *
 * @param who ended it; the broker, where its time is over
 */
public record ExceptionEnded(String name, String agent, String who) {}
