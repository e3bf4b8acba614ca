package io.errand.broker.identity.possession;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Proofs of possession ({@code errand.dpop.*}).
 *
 * @param nonces whether every proof must name a nonce of ours (RFC 9449 §8), so that none can be made in advance
 */
@ConfigurationProperties("errand.dpop")
record DpopProperties(@DefaultValue("true") boolean nonces) {}
