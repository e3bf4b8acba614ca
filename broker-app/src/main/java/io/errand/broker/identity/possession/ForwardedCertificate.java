package io.errand.broker.identity.possession;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The three ways in which proxies write a client's certificate, and its chain, into a header. */
final class ForwardedCertificate {

    private static final int MOST_CHARACTERS = 16 << 10;
    private static final int MOST_CERTIFICATES = 5;
    private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
    private static final String END = "-----END CERTIFICATE-----";

    /** Members of Envoy's element that stand once; names of the client ({@code URI}, {@code DNS}) may be several. */
    private static final Set<String> ONCE = Set.of("cert", "chain", "hash", "by", "subject");

    private ForwardedCertificate() {}

    /** The message is a part of a sentence. */
    static final class Malformed extends Exception {

        private static final long serialVersionUID = 1;

        Malformed(String message) {
            super(message);
        }
    }

    /** RFC 9440 §2: a byte sequence, and a list of them. */
    static List<X509Certificate> structured(String own, String chain) throws Malformed {
        check(own.length() + chain.length());
        List<X509Certificate> certificates = new ArrayList<>();
        certificates.add(one(byteSequence(own)));
        for (String item : chain.isBlank() ? new String[0] : chain.split(",", -1)) {
            certificates.add(one(byteSequence(item)));
        }
        return checked(certificates);
    }

    /** RFC 9651 §3.3.5, without parameters. */
    private static byte[] byteSequence(String item) throws Malformed {
        String text = item.strip();
        if (text.length() < 2 || !text.startsWith(":") || !text.endsWith(":")) {
            throw new Malformed("it is no byte sequence (:base64:).");
        }
        return base64(text.substring(1, text.length() - 1));
    }

    /** PEM whose characters are percent-encoded where a header must not have them; a plus sign is a plus sign. */
    static List<X509Certificate> escapedPem(String value) throws Malformed {
        check(value.length());
        String pem = decoded(value);
        List<X509Certificate> certificates = new ArrayList<>();
        int at = 0;
        while (at < pem.length() && !pem.substring(at).isBlank()) {
            int begin = pem.indexOf(BEGIN, at);
            int end = pem.indexOf(END, at);
            if (begin < 0 || end < begin || !pem.substring(at, begin).isBlank()) {
                throw new Malformed("it is no certificate in PEM, percent-encoded.");
            }
            certificates.add(
                    one(base64(pem.substring(begin + BEGIN.length(), end).replaceAll("\\s", ""))));
            at = end + END.length();
        }
        return checked(certificates);
    }

    /** Envoy's header: of several elements nobody knows here which proxy added which, so there must be one. */
    static List<X509Certificate> element(String value) throws Malformed {
        check(value.length());
        Map<String, String> members = members(value);
        String chain = members.get("chain");
        String cert = members.get("cert");
        if (chain == null) {
            if (cert == null) {
                throw new Malformed(
                        "it has neither Cert nor Chain; let Envoy set cert in set_current_client_cert_details.");
            }
            return escapedPem(cert);
        }
        List<X509Certificate> whole = escapedPem(chain);
        if (cert != null && !whole.getFirst().equals(escapedPem(cert).getFirst())) {
            throw new Malformed("its Chain does not begin with its Cert.");
        }
        return whole;
    }

    private static Map<String, String> members(String value) throws Malformed {
        Map<String, String> members = new HashMap<>();
        StringBuilder part = new StringBuilder();
        boolean quoted = false;
        for (int at = 0; at <= value.length(); at++) {
            char c = at == value.length() ? ';' : value.charAt(at);
            if (c == '\\' && quoted && at + 1 < value.length()) {
                part.append(value.charAt(++at));
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                throw new Malformed(
                        "it has several elements; let Envoy set the header (SANITIZE_SET), not append to it.");
            } else if (c == ';' && (!quoted || at == value.length())) {
                if (quoted) {
                    throw new Malformed("a quotation mark is not closed.");
                }
                add(part.toString(), members);
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        return members;
    }

    private static void add(String part, Map<String, String> members) throws Malformed {
        int equals = part.indexOf('=');
        if (part.isBlank()) {
            return;
        }
        if (equals < 1) {
            throw new Malformed("a member has no name.");
        }
        String name = part.substring(0, equals).strip().toLowerCase(Locale.ROOT);
        if (members.put(name, part.substring(equals + 1)) != null && ONCE.contains(name)) {
            throw new Malformed("it has " + name + " twice.");
        }
    }

    private static String decoded(String value) throws Malformed {
        ByteArrayOutputStream out = new ByteArrayOutputStream(value.length());
        for (int at = 0; at < value.length(); at++) {
            char c = value.charAt(at);
            if (c == '%') {
                int high = at + 2 < value.length() ? Character.digit(value.charAt(at + 1), 16) : -1;
                int low = high < 0 ? -1 : Character.digit(value.charAt(at + 2), 16);
                if (low < 0) {
                    throw new Malformed("a percent sign is not followed by two hexadecimal digits.");
                }
                out.write(high * 16 + low);
                at += 2;
            } else {
                out.write(c < 0x80 ? c : '?');
            }
        }
        return out.toString(StandardCharsets.US_ASCII);
    }

    private static byte[] base64(String text) throws Malformed {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new Malformed("what should be base64 is not.");
        }
    }

    /** DER of one certificate and nothing after it. */
    private static X509Certificate one(byte[] der) throws Malformed {
        try {
            ByteArrayInputStream in = new ByteArrayInputStream(der);
            if (CertificateFactory.getInstance("X.509").generateCertificate(in) instanceof X509Certificate certificate
                    && in.available() == 0) {
                return certificate;
            }
        } catch (CertificateException e) {
            // said below
        }
        throw new Malformed("its bytes are no certificate.");
    }

    private static List<X509Certificate> checked(List<X509Certificate> certificates) throws Malformed {
        if (certificates.isEmpty() || certificates.size() > MOST_CERTIFICATES) {
            throw new Malformed("it has " + certificates.size() + " certificates, not 1 to " + MOST_CERTIFICATES + ".");
        }
        return List.copyOf(certificates);
    }

    private static void check(int length) throws Malformed {
        if (length > MOST_CHARACTERS) {
            throw new Malformed("it is longer than " + MOST_CHARACTERS + " characters.");
        }
    }
}
