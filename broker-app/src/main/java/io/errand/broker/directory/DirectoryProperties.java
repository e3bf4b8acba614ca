package io.errand.broker.directory;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may own agents.
 *
 * @param required whether the owner of an agent must be a user or group of the directory, once one has been pushed
 */
@ConfigurationProperties("errand.directory")
record DirectoryProperties(@DefaultValue("false") boolean required) {}
