package io.errand.broker.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.PageBlock;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** A witness or a copy that cannot be is refused at the start, with the name of what is wrong. */
class CheckpointPropertiesTest {

    private static CheckpointProperties bound(Map<String, String> settings) {
        return new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("errand.audit", CheckpointProperties.class);
    }

    @Test
    void whatThePageHasIsTaken() {
        CheckpointProperties page =
                bound(PageBlock.of("docs/audit.md", "witnesses").settings());

        assertThat(page.witnesses())
                .hasEntrySatisfying(
                        "one", one -> assertThat(one.verifier().name()).isEqualTo("witness.example/one"));
        assertThat(page.checkpointCopies()).containsKey("bucket");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    witnesses.a.url=ftp://a                                          | witnesses.a.url is an http(s) address
                    witnesses.a.url=http://a                                         | witnesses.a.key is the vkey
                    witnesses.a.url=http://a;witnesses.a.key=a+00000000+BAAA         | witnesses.a.key is the vkey
                    checkpoint-copies.a.url=http://u@a/b                             | copies.a.url is an http(s) address
                    witnesses.a.url=https://a?b                                      | witnesses.a.url is an http(s) address
                    checkpoint-copies.a.url=http://a/b?c                             | copies.a.url is an http(s) address
                    checkpoint-copies.a.url=http://a/b;checkpoint-copies.a.bearer-file=/x | copies.a.url is https
                    checkpoint-copies.a.url=http://a/b;checkpoint-copies.a.s3.region=x | copies.a.s3 needs access-key-id-file
                    checkpoint-copies.a.url=https://a/b;checkpoint-copies.a.s3.region=x;checkpoint-copies.a.bearer-file=/x | not both
                    """)
    void whatCannotWorkIsNamed(String settings, String sentence) {
        Map<String, String> parsed = new TreeMap<>();
        for (String setting : settings.split(";")) {
            parsed.put("errand.audit." + setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }

        assertThatThrownBy(() -> bound(parsed)).rootCause().hasMessageContaining(sentence);
    }
}
