package io.errand.broker.audit;

import io.errand.api.Sha256;
import io.errand.broker.shared.Secret;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signature Version 4 of requests to S3 and what is compatible with it, in headers ("Authenticating Requests: Using the Authorization
 * Header" of Amazon S3's API reference). For addresses without a query.
 *
 * @param sessionToken of credentials that are short-lived; null: these are not
 */
record AwsSignature(
        Secret accessKeyId,
        Secret secretAccessKey,
        @Nullable Secret sessionToken,
        String region) {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /** The headers with those that sign the request. The client adds {@code Host} itself, as it is signed here. */
    Map<String, String> signed(String method, URI url, Map<String, String> headers, byte[] body, Instant at) {
        String time = TIME.format(at);
        Map<String, String> sent = new LinkedHashMap<>(headers);
        sent.put("x-amz-content-sha256", Sha256.hex(body));
        sent.put("x-amz-date", time);
        if (sessionToken != null) {
            sent.put("x-amz-security-token", sessionToken.reveal());
        }
        TreeMap<String, String> signed = new TreeMap<>();
        sent.forEach((name, value) -> signed.put(name.toLowerCase(Locale.ROOT), value.strip()));
        signed.put("host", host(url));
        String names = String.join(";", signed.keySet());
        String canonical = method + "\n" + url.getRawPath() + "\n\n"
                + signed.entrySet().stream()
                        .map(header -> header.getKey() + ":" + header.getValue() + "\n")
                        .collect(Collectors.joining())
                + "\n" + names + "\n" + Sha256.hex(body);
        String scope = time.substring(0, 8) + "/" + region + "/s3/aws4_request";
        String text = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + Sha256.hex(canonical);
        byte[] key = ("AWS4" + secretAccessKey.reveal()).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/")) {
            key = hmac(key, part);
        }
        sent.put(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=" + accessKeyId.reveal() + "/" + scope + ",SignedHeaders=" + names
                        + ",Signature=" + HexFormat.of().formatHex(hmac(key, text)));
        return sent;
    }

    private static String host(URI url) {
        boolean isUsual = url.getPort() < 0 || url.getPort() == (url.getScheme().equals("https") ? 443 : 80);
        return isUsual ? url.getHost() : url.getHost() + ":" + url.getPort();
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
