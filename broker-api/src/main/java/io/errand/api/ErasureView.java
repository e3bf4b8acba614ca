package io.errand.api;

/**
 * What was erased.
 *
 * @param events how many events were looked at
 * @param erased of how many of them personal text was replaced by its digest
 */
public record ErasureView(int events, int erased) {}
