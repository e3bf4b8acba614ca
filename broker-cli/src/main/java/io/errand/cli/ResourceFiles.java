package io.errand.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The resources that a set of files and directories holds. */
record ResourceFiles(List<Resource> resources, List<Mistake> mistakes) {

    /** A file's largest size; the service takes no more either. */
    static final int MAX_BYTES = 1 << 20;

    /** In the order in which they are to be sent. Of a directory, the files directly in it are read. */
    static ResourceFiles read(List<Path> paths) {
        List<Resource> resources = new ArrayList<>();
        List<Mistake> mistakes = new ArrayList<>();
        for (Path file : files(paths)) {
            for (Document document : documents(file, mistakes)) {
                Resource resource = Shape.check(document, mistakes);
                if (resource != null) {
                    resources.add(resource);
                }
            }
        }
        refuseTwins(resources, mistakes);
        // An agent after those that it hands tasks to, as far as that can be had.
        resources.sort(Comparator.comparing(Resource::kind)
                .thenComparingInt(resource -> resource.delegatesTo().size()));
        return new ResourceFiles(List.copyOf(resources), List.copyOf(mistakes));
    }

    private static List<Path> files(List<Path> paths) {
        List<Path> files = new ArrayList<>();
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                files.addAll(filesIn(path));
            } else if (Files.isRegularFile(path)) {
                files.add(path);
            } else {
                throw new CommandFailed("There is no file or directory " + path + ".");
            }
        }
        return files;
    }

    private static List<Path> filesIn(Path directory) {
        try (Stream<Path> all = Files.list(directory)) {
            List<Path> known = all.filter(file -> Files.isRegularFile(file)
                            && file.toString().matches(".*\\.(?:ya?ml|json|cedar)")
                            // Questions to the policies beside it.
                            && !file.toString().endsWith(PolicyTestFile.SUFFIX))
                    .sorted()
                    .toList();
            if (known.isEmpty()) {
                throw new CommandFailed("There is no .yaml, .json or .cedar file in " + directory + ".");
            }
            return known;
        } catch (IOException e) {
            throw new CommandFailed("Cannot list " + directory + ": " + e.getMessage(), e);
        }
    }

    static List<Document> documents(Path path, List<Mistake> mistakes) {
        String file = path.toString();
        try {
            if (Files.size(path) > MAX_BYTES) {
                mistakes.add(Mistake.at(file, 1, "", "is larger than 1 MiB"));
                return List.of();
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(path)))
                    .toString();
            // A syntax error ends one file's reading, not the others'.
            List<Mistake> here = new ArrayList<>();
            List<Document> documents;
            if (file.endsWith(".cedar")) {
                documents = List.of(policy(path, text));
            } else if (file.endsWith(".json")) {
                documents = JsonDocuments.read(file, text, here);
            } else {
                documents = YamlDocuments.read(file, text, here);
            }
            mistakes.addAll(here);
            return documents;
        } catch (CharacterCodingException e) {
            mistakes.add(Mistake.at(file, 1, "", "is not UTF-8"));
            return List.of();
        } catch (IOException e) {
            throw new CommandFailed("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** A file of policies is named after itself. */
    private static Document policy(Path path, String text) {
        String fileName = path.getFileName().toString();
        ObjectNode content = JsonNodeFactory.instance.objectNode();
        content.put("kind", Kind.POLICY.label());
        content.put("name", fileName.substring(0, fileName.length() - ".cedar".length()));
        content.put("cedar", text);
        return new Document(path.toString(), content, new Document.Lines(1));
    }

    private static void refuseTwins(List<Resource> resources, List<Mistake> mistakes) {
        Map<String, Document> seen = new HashMap<>();
        for (Resource resource : resources) {
            Document first = seen.putIfAbsent(resource.address(), resource.document());
            if (first != null) {
                mistakes.add(resource.document()
                        .mistake(
                                "name",
                                resource + " is already in " + first.file() + ":"
                                        + first.lines().of("name")));
            }
        }
    }
}
