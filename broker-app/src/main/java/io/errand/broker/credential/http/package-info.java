/** The {@code http} backend: a small service of the operator's makes and ends credentials, by the contract of {@code docs/http-backend.yaml}. */
@NullMarked
package io.errand.broker.credential.http;

import org.jspecify.annotations.NullMarked;
