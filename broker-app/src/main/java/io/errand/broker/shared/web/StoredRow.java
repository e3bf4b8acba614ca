package io.errand.broker.shared.web;

/** A row of a registry, as it is read. */
public interface StoredRow<R> {

    String name();

    /** The resource as it was put, with its defaults. */
    R spec();

    /** From 1, and more with each change. */
    long version();
}
