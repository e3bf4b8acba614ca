package io.errand.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@code *.test.yaml} file: one document with {@code cases}, and {@code agents} and {@code tools} that they name. The policies are
 * those of the {@code .cedar} files that {@code policies} lists, which lie beside it; without a list, the one of the same name.
 *
 * @param policies that are asked
 * @param request what the broker is asked: the document, with the policies' text
 */
record PolicyTestFile(Path path, PolicyFile policies, ObjectNode request) {

    static final String SUFFIX = ".test.yaml";

    /** Of a directory, the test files directly in it. */
    static List<PolicyTestFile> read(List<Path> paths, List<Mistake> mistakes) {
        List<PolicyTestFile> files = new ArrayList<>();
        for (Path path : paths) {
            for (Path file : Files.isDirectory(path) ? in(path) : List.of(path)) {
                for (Document document : YamlDocuments.read(file.toString(), text(file), mistakes)) {
                    files.add(of(file, document.content()));
                }
            }
        }
        return files;
    }

    private static PolicyTestFile of(Path file, ObjectNode content) {
        ObjectNode request = content.deepCopy();
        JsonNode listed = request.remove("policies");
        List<String> names = listed == null
                ? List.of(file.getFileName().toString().replace(SUFFIX, ".cedar"))
                : listed.values().stream().map(name -> name.asString("")).toList();
        PolicyFile policies =
                PolicyFile.read(names.stream().map(file::resolveSibling).toList());
        return new PolicyTestFile(file, policies, request.put("cedar", policies.text()));
    }

    private static List<Path> in(Path directory) {
        try (Stream<Path> all = Files.list(directory)) {
            List<Path> found = all.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
            if (found.isEmpty()) {
                throw new CommandFailed("There is no *" + SUFFIX + " file in " + directory + ".");
            }
            return found;
        } catch (IOException e) {
            throw new CommandFailed("Cannot list " + directory + ": " + e.getMessage(), e);
        }
    }

    static String text(Path file) {
        try {
            if (Files.size(file) > ResourceFiles.MAX_BYTES) {
                throw new CommandFailed(file + " is larger than 1 MiB.");
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new CommandFailed(file + " is not UTF-8.", e);
        } catch (IOException e) {
            throw new CommandFailed("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
