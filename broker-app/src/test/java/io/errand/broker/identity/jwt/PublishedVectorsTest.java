package io.errand.broker.identity.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The signatures that RFC 7515 and RFC 8037 print, whose payloads are no claims of ours: key, algorithm and signature alone. */
class PublishedVectorsTest {

    record Vector(String name, Map<String, String> jwk, String jws) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static final String PAYLOAD =
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    static Stream<Vector> vectors() {
        return Stream.of(
                new Vector(
                        "RFC 7515 A.2 RS256",
                        Map.of(
                                "kty",
                                "RSA",
                                "n",
                                "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL"
                                        + "-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e"
                                        + "-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9"
                                        + "_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
                                "e",
                                "AQAB"),
                        "eyJhbGciOiJSUzI1NiJ9." + PAYLOAD
                                + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds"
                                + "9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB"
                                + "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqV"
                                + "t5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"),
                new Vector(
                        "RFC 7515 A.3 ES256",
                        Map.of(
                                "kty",
                                "EC",
                                "crv",
                                "P-256",
                                "x",
                                "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                                "y",
                                "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
                        "eyJhbGciOiJFUzI1NiJ9." + PAYLOAD
                                + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"),
                new Vector(
                        "RFC 8037 A.4 EdDSA",
                        Map.of("kty", "OKP", "crv", "Ed25519", "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
                        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
                                + ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void theSignatureIsGoodAndNoChangeOfABitIs(Vector vector) {
        String[] parts = vector.jws.split("\\.");
        byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
        byte[] signature = Base64.getUrlDecoder().decode(parts[2]);
        VerificationKey key = VerificationKey.of(vector.jwk).orElseThrow();
        Algorithm algorithm = Arrays.stream(Algorithm.values())
                .filter(one -> vector.name.endsWith(" " + one.wire()))
                .findFirst()
                .orElseThrow();

        assertThat(key.fits(algorithm)).isTrue();
        assertThat(algorithm.verifies(key.key(), signed, signature)).isTrue();
        for (int bit = 0; bit < 8 * signature.length; bit += 37) {
            byte[] changed = signature.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(algorithm.verifies(key.key(), signed, changed)).isFalse();
        }
        for (Algorithm other : Algorithm.values()) {
            if (other != algorithm) {
                assertThat(key.fits(other) && other.verifies(key.key(), signed, signature))
                        .as(other.wire())
                        .isFalse();
            }
        }
    }
}
