package io.errand.broker.signal.receiver;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** A transmitter that could not be believed, or that could say anything, is refused at the start. */
class TransmitterPropertiesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    issuers=people                                                       | idp.issuer is what
                    issuer=https://idp.example                                           | idp.issuers names
                    issuer=idp;issuers=people                                            | idp.jwks-uri is needed
                    issuer=http://idp.example;issuers=people                             | idp.jwks-uri is needed
                    issuer=x;issuers=people;jwks-uri=http://idp.example/keys             | idp.jwks-uri is an https URL
                    issuer=x;issuers=people;jwks-uri=https://a:b@idp.example/keys        | idp.jwks-uri is an https URL
                    issuer=https://idp.example;issuers=people;audience=                  | idp.audience is what
                    issuer=https://idp.example;issuers=people;algorithms=HS256           | idp.algorithms are some of
                    issuer=https://idp.example;issuers=people;algorithms=none            | idp.algorithms are some of
                    issuer=https://idp.example;issuers=people;longest-age=PT1S           | idp.longest-age is
                    issuer=https://idp.example;issuers=people;longest-age=P32D           | idp.longest-age is
                    issuer=https://idp.example;issuers=people;token-file=/no/such/file   | idp.token-file cannot be read
                    """)
    void whatCannotWorkIsNamed(String settings, String sentence) {
        Map<String, String> parsed = new TreeMap<>();
        for (String setting : settings.strip().split(";")) {
            parsed.put("errand.signal.transmitters.idp." + setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }

        assertThatThrownBy(() -> new Binder(new MapConfigurationPropertySource(parsed))
                        .bindOrCreate("errand.signal", TransmitterProperties.class))
                .rootCause()
                .hasMessageContaining(sentence);
    }
}
