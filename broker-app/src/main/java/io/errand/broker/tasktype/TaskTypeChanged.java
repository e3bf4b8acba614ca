package io.errand.broker.tasktype;

/**
 * A task type was created, replaced or deleted. Published in the transaction of the change.
 *
 * @param who the administrator
 */
public record TaskTypeChanged(String name, String who) {}
