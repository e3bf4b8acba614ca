package io.errand.broker.shared;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aot.AotDetector;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.context.ApplicationListener;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.ClassUtils;

/**
 * The image holds what Spring's ahead-of-time processing made of the service: which beans there are was decided when it was built.
 * That serves wherever nothing is set that has a say in it; where something is, Spring decides at the start, which takes longer.
 */
public final class PreparedStart implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

    private static final Logger LOG = LoggerFactory.getLogger(PreparedStart.class);

    private static final String MANAGEMENT_PORT = "management.server.port";

    private static final List<ConfigurationPropertyName> OURS =
            names("spring", "server", "management", "errand", "db-scheduler", "logging");

    /** Decide nothing about which beans there are: they are read when the beans are made. All below them neither. */
    private static final List<ConfigurationPropertyName> READ_LATER = names(
            "errand",
            "logging",
            MANAGEMENT_PORT,
            "management.server.address",
            "management.server.ssl",
            "server.address",
            "server.port",
            "server.shutdown",
            "server.ssl",
            "spring.application.name",
            "spring.application.pid",
            "spring.backgroundpreinitializer",
            "spring.config",
            "spring.datasource.hikari",
            "spring.datasource.password",
            "spring.datasource.url",
            "spring.datasource.username",
            "spring.flyway",
            "spring.main.banner-mode",
            "spring.ssl");

    private final String initializer;

    public PreparedStart(Class<?> application) {
        initializer = application.getName() + "__ApplicationContextInitializer";
    }

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
        if (!ClassUtils.isPresent(initializer, null)) {
            return;
        }
        Optional<String> deciding = deciding(event.getEnvironment());
        if (deciding.isEmpty()) {
            SpringProperties.setFlag(AotDetector.AOT_ENABLED);
        } else {
            LOG.info(
                    "{} decides which parts the service has: they are looked for, and the start takes longer",
                    deciding.get());
        }
    }

    /** The first setting that has a say in which beans there are, by name. */
    static Optional<String> deciding(ConfigurableEnvironment environment) {
        if (ManagementPortType.get(environment) != ManagementPortType.DIFFERENT) {
            return Optional.of(MANAGEMENT_PORT);
        }
        return set(ConfigurationPropertySources.get(environment))
                .filter(name -> !isReadLater(name))
                .findFirst()
                .map(String::valueOf);
    }

    private static Stream<ConfigurationPropertyName> set(Iterable<ConfigurationPropertySource> sources) {
        Stream.Builder<Stream<ConfigurationPropertyName>> names = Stream.builder();
        for (ConfigurationPropertySource source : sources) {
            if (source instanceof IterableConfigurationPropertySource iterable && !isPackaged(source)) {
                names.add(iterable.stream());
            }
        }
        return names.build().flatMap(each -> each).filter(name -> isBelow(OURS, name));
    }

    /** The service's own application.yaml was there when the image was built. */
    private static boolean isPackaged(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof OriginTrackedMapPropertySource file
                && file.getName().contains("class path resource [application.yaml]");
    }

    static boolean isReadLater(ConfigurationPropertyName name) {
        return isBelow(READ_LATER, name);
    }

    private static boolean isBelow(List<ConfigurationPropertyName> parents, ConfigurationPropertyName name) {
        return parents.stream().anyMatch(parent -> parent.equals(name) || parent.isAncestorOf(name));
    }

    private static List<ConfigurationPropertyName> names(String... names) {
        return Stream.of(names).map(ConfigurationPropertyName::of).toList();
    }
}
