package io.errand.broker.shared;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.database.Migration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.core.type.classreading.SimpleMetadataReaderFactory;

/** The image's beans serve where nothing is set that decides which there are. */
class PreparedStartTest {

    /** The first is looked at by {@link Migration} when the service starts; the second is asked where there is no data source. */
    private static final Set<String> LOOKED_AT_LATER = Set.of("spring.flyway.enabled", "spring.flyway.url");

    @Test
    void whatAChartSetsDecidesNothing() {
        assertThat(deciding(Map.of(
                        "SPRING_DATASOURCE_URL", "jdbc:postgresql://db/errand",
                        "SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE", "20",
                        "SPRING_FLYWAY_ENABLED", "false",
                        "SPRING_CONFIG_IMPORT", "optional:configtree:/etc/errand/secrets/",
                        "SERVER_SSL_BUNDLE", "service",
                        "LOGGING_STRUCTURED_FORMAT_CONSOLE", "ecs",
                        "ERRAND_VAULT_ADDRESS", "https://vault",
                        "ERRAND_CONSOLE_CLIENTID", "console",
                        "PATH", "/bin")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MANAGEMENT_OPENTELEMETRY_TRACING_EXPORT_OTLP_ENDPOINT",
                "SPRING_DATA_WEB_PAGEABLE_MAX_PAGE_SIZE",
                "SPRING_DATASOURCE_JNDINAME",
                "SPRING_PROFILES_ACTIVE",
                "SPRING_DATASOURCE_TYPE",
                "DBSCHEDULER_ENABLED"
            })
    void whatDecidesIsFound(String variable) {
        assertThat(deciding(Map.of(variable, "x"))).isNotEmpty();
    }

    @Test
    void thePreparedServiceHasAPortOfItsOwnForManagement() {
        StandardEnvironment environment = with(Map.of("SERVER_PORT", "9000"));

        assertThat(PreparedStart.deciding(environment)).contains("management.server.port");
    }

    /** A condition of a library, or of ours, on a setting that is read later would be decided for good when the image is built. */
    @Test
    void noConditionAsksForASettingThatIsReadLater() throws IOException {
        Set<String> asked = conditions();

        assertThat(asked).contains("spring.datasource.type");
        assertThat(asked.stream().filter(name -> PreparedStart.isReadLater(ConfigurationPropertyName.adapt(name, '.'))))
                .isSubsetOf(LOOKED_AT_LATER);
    }

    private static Set<String> conditions() throws IOException {
        PathMatchingResourcePatternResolver classes = new PathMatchingResourcePatternResolver();
        MetadataReaderFactory reader = new SimpleMetadataReaderFactory();
        Set<String> names = new TreeSet<>();
        for (String where : List.of(
                "org/springframework/boot/**/*Configuration*.class",
                "com/github/kagkarlsson/**/*Configuration*.class",
                "io/errand/broker/**/*.class")) {
            for (Resource found : classes.getResources("classpath*:" + where)) {
                AnnotationMetadata type = reader.getMetadataReader(found).getAnnotationMetadata();
                List<AnnotatedTypeMetadata> annotated = new ArrayList<>(type.getDeclaredMethods());
                annotated.add(type);
                annotated.forEach(each -> names.addAll(names(each)));
            }
        }
        return names;
    }

    private static List<String> names(AnnotatedTypeMetadata annotated) {
        List<String> names = new ArrayList<>();
        for (Class<?> condition : List.of(ConditionalOnProperty.class, ConditionalOnBooleanProperty.class)) {
            annotated.getAnnotations().stream(condition.getName()).forEach(each -> names.addAll(names(each)));
        }
        return names;
    }

    private static List<String> names(MergedAnnotation<?> condition) {
        String prefix = condition.getString("prefix");
        List<String> names = new ArrayList<>(List.of(condition.getStringArray("name")));
        names.addAll(List.of(condition.getStringArray("value")));
        return names.stream()
                .map(name -> prefix.isEmpty() || prefix.endsWith(".") ? prefix + name : prefix + "." + name)
                .toList();
    }

    private static Optional<String> deciding(Map<String, Object> variables) {
        StandardEnvironment environment = with(variables);
        environment
                .getPropertySources()
                .addLast(new MapPropertySource("ports", Map.of("server.port", 9000, "management.server.port", 9001)));
        return PreparedStart.deciding(environment);
    }

    private static StandardEnvironment with(Map<String, Object> variables) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().remove(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
        ConfigurationPropertySources.attach(environment);
        return environment;
    }
}
