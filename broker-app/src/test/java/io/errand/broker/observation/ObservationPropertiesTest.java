package io.errand.broker.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.PageBlock;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** A source that cannot be read is refused at the start, with the name of what is wrong. */
class ObservationPropertiesTest {

    private static ObservationProperties bound(Map<String, String> settings) {
        return new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("errand.observation", ObservationProperties.class);
    }

    @Test
    void thePagesSourceIsTaken() {
        assertThat(bound(PageBlock.of("docs/observation.md", "sources").settings())
                        .sources())
                .hasEntrySatisfying(
                        "orders-log",
                        source -> assertThat(source.knownLogins())
                                .containsExactlyInAnyOrder("errand_broker", "replication", "postgres_exporter"));
    }

    @Test
    void vaultsSourceIsTaken() {
        assertThat(bound(PageBlock.of("docs/observation.md", "vault").settings())
                        .sources())
                .hasEntrySatisfying(
                        "vault-audit",
                        source -> assertThat(source.paths()).containsExactly("database/creds/", "pki/issue/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://a/b", "http://localhost/b", "http://127.0.0.1:8/b", "http://[::1]:8/b"})
    void aTokenIsShownWhereNobodyBetweenReadsIt(String url) {
        assertThat(bound(Map.of(
                                "errand.observation.sources.a.kind", "postgres-csv",
                                "errand.observation.sources.a.target", "orders",
                                "errand.observation.sources.a.urls", url,
                                "errand.observation.sources.a.bearer-file", "/t"))
                        .sources())
                .containsKey("a");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    target=orders                                      | a.kind is postgres-json
                    kind=postgres-csv;target=orders                    | a needs files
                    kind=postgres-csv;target=orders;files=logs/*.csv   | a.files is an absolute path
                    kind=postgres-csv;target=orders;files=/var/*/x.csv | a.files is an absolute path
                    kind=postgres-csv;files=/var/log/*.csv             | a.target names the server
                    kind=postgres-csv;target=orders;urls=ftp://a/b     | a.urls are http(s) addresses
                    kind=postgres-csv;target=orders;urls=http://u@a/b  | a.urls are http(s) addresses
                    kind=postgres-csv;target=orders;urls=https://a/b?c | a.urls are http(s) addresses
                    kind=postgres-csv;target=orders;urls=https://a/b?  | a.urls are http(s) addresses
                    kind=postgres-csv;target=o;urls=http://a/b;bearer-file=/t | a.urls are https
                    kind=postgres-csv;target=o;files=/l;paths=a/       | a.paths are of the kind vault-audit only
                    kind=vault-audit;target=o;files=/l;audit-device=.. | a.audit-device is a path
                    """)
    void whatCannotWorkIsNamed(String settings, String sentence) {
        Map<String, String> parsed = new TreeMap<>();
        for (String setting : settings.split(";")) {
            parsed.put("errand.observation.sources.a." + setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }

        assertThatThrownBy(() -> bound(parsed)).rootCause().hasMessageContaining(sentence);
    }
}
