package io.errand.bench;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that the service is measured beside. */
final class Binary {

    private Binary() {}

    /**
     * What the variable names, or the first of that name on the path.
     *
     * @param elsewhere looked at after the path
     */
    static Optional<Path> find(String variable, String name, Path... elsewhere) {
        String named = System.getenv(variable);
        Stream<Path> path = Stream.of(
                        Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name));
        Stream<Path> all = named == null ? Stream.concat(path, Stream.of(elsewhere)) : Stream.of(Path.of(named));
        return all.filter(Files::isExecutable).findFirst();
    }
}
