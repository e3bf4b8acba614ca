package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A command of the same user does not read the workload's token in the environment of the process that runs it. Where the tests
 * run as root, who may read everything, both are somebody else's.
 */
@EnabledOnOs(OS.LINUX)
class ParentsEnvironmentTest {

    private static final String NOBODY = "65534";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void whatIsHiddenIsNotRead() throws Exception {
        assertThat(run("hidden")).doesNotContain("ey.workload.token").contains("ermission denied");
    }

    @Test
    void whatIsNotHiddenIs() throws Exception {
        assertThat(run("open")).contains("ERRAND_WORKLOAD_TOKEN=ey.workload.token");
    }

    private String run(String how) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            line.addAll(List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"));
        }
        line.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classes().toString(),
                HiddenParent.class.getName(),
                how));
        ProcessBuilder builder =
                new ProcessBuilder(line).redirectErrorStream(true).directory(new java.io.File("/"));
        builder.environment().put("ERRAND_WORKLOAD_TOKEN", "ey.workload.token");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }

    /** Where everybody can read them. */
    private Path classes() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path here = directory.resolve("io/errand/cli");
        Files.createDirectories(here);
        for (Class<?> type : List.of(ProcessMemory.class, HiddenParent.class)) {
            try (InputStream bytes = type.getResourceAsStream(type.getSimpleName() + ".class")) {
                Files.write(here.resolve(type.getSimpleName() + ".class"), bytes.readAllBytes());
            }
        }
        return directory;
    }
}
