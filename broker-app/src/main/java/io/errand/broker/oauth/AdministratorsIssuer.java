package io.errand.broker.oauth;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** @param issuer who signs administrators' tokens; none: there are no administrators. The identity room checks it. */
@ConfigurationProperties("errand.admin")
record AdministratorsIssuer(@Nullable String issuer) {}
