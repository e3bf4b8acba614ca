package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code docs/vault.md} says, so that tests set Vault up as the page does. */
public final class VaultPage {

    private static final Path PAGE = Path.of("../docs/vault.md");

    private VaultPage() {}

    /** The page by its headings, without their numbers, in order. */
    public static Map<String, String> sections() {
        Map<String, String> sections = new LinkedHashMap<>();
        for (String section : text().split("(?m)^## [0-9]+\\. ")) {
            int end = section.indexOf('\n');
            sections.put(section.substring(0, end), section.substring(end));
        }
        return sections;
    }

    /** How Vault ends a login of PostgreSQL. */
    public static String revocation() {
        Matcher matcher =
                Pattern.compile("<<'SQL'\\R(.*?)\\RSQL", Pattern.DOTALL).matcher(text());
        if (!matcher.find()) {
            throw new IllegalStateException("docs/vault.md has no revocation statements");
        }
        return matcher.group(1);
    }

    private static String text() {
        try {
            return Files.readString(PAGE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
