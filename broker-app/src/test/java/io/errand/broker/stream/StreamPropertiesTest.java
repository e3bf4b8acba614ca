package io.errand.broker.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.PageBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** A stream that cannot work is refused at the start, with the name of what is wrong. */
class StreamPropertiesTest {

    private static StreamProperties bound(Map<String, String> settings) {
        Map<String, String> named = new TreeMap<>();
        settings.forEach((key, value) -> named.put("errand.audit.streams." + key, value));
        return new Binder(new MapConfigurationPropertySource(named))
                .bindOrCreate("errand.audit", StreamProperties.class);
    }

    @Test
    void oneOfEachKindIsTaken() {
        StreamProperties settings = bound(Map.of(
                "siem.kind",
                "syslog",
                "siem.address",
                "logs.example:6514",
                "siem.format",
                "ocsf",
                "lake.kind",
                "file",
                "lake.file",
                "/var/log/errand/audit.jsonl",
                "lake.from",
                "beginning",
                "local.kind",
                "otlp",
                "local.url",
                "http://127.0.0.1:4318/v1/logs"));

        assertThat(settings.streams()).containsOnlyKeys("siem", "lake", "local");
        assertThat(bound(Map.of()).streams()).isEmpty();
    }

    /** Secrets and addresses are on no machine of ours; the settings are what is there to read. */
    @Test
    void thePagesStreamsAreTaken(@TempDir Path folder) throws IOException {
        String secret = Files.writeString(folder.resolve("secret"), "x").toString();

        Map<String, String> settings = PageBlock.of("docs/audit-streams.md", "streams")
                .with("/run/secrets/logs-ca.pem", secret)
                .with("/run/secrets/collector", secret)
                .with("/run/secrets/duty", secret)
                .settings();

        assertThat(new Binder(new MapConfigurationPropertySource(settings))
                        .bind("errand.audit", StreamProperties.class)
                        .get()
                        .streams())
                .containsOnlyKeys("siem", "collector", "archive", "duty");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    a.format=ecs                                            | a.kind is syslog
                    a.kind=syslog                                           | a.address is a host and a port
                    a.kind=syslog;a.address=logs.example                    | a.address is a host and a port
                    a.kind=syslog;a.address=logs.example:6514;a.max-bytes=1 | a.max-bytes is 2048 to
                    a.kind=syslog;a.address=l:1;a.url=https://x.example/    | a.url says nothing to the kind syslog
                    a.kind=otlp;a.url=http://collector.example/             | a.url is an https URL
                    a.kind=otlp;a.url=https://u:p@collector.example/        | a.url is an https URL
                    a.kind=otlp;a.url=https://x.example/;a.token-file=/none | cannot be read: /none
                    a.kind=webhook;a.url=https://x.example/                 | a.secret-file must name
                    a.kind=file;a.file=audit.jsonl                          | a.file is the absolute path
                    a.kind=file;a.file=/                                    | a.file is the absolute path
                    """)
    void whatCannotWorkIsNamed(String settings, String sentence) {
        Map<String, String> parsed = new TreeMap<>();
        for (String setting : settings.split(";")) {
            parsed.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }

        assertThatThrownBy(() -> bound(parsed)).rootCause().hasMessageContaining(sentence);
    }
}
