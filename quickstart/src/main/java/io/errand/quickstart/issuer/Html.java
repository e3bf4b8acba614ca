package io.errand.quickstart.issuer;

/** Text that is shown as it is, in elements and in quoted attributes. */
final class Html {

    private Html() {}

    static String escaped(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.chars().forEach(unit -> {
            switch (unit) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.append((char) unit);
            }
        });
        return safe.toString();
    }
}
