package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, with directories in place of JDKs and a script in place of Maven. */
class LauncherTest {

    private static final Path LAUNCHER = Path.of("..", "errand");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path base;

    private record Run(int exit, String out, String err) {}

    @BeforeEach
    void freshClone() throws IOException {
        Path target = Files.createDirectories(base.resolve("repo/quickstart/target/lib"));
        Files.createDirectories(base.resolve("repo/quickstart/src/main"));
        Files.createDirectories(base.resolve("repo/db"));
        Files.createDirectories(base.resolve("places"));
        Files.createDirectories(base.resolve("bin"));
        Files.copy(LAUNCHER, base.resolve("repo/errand"));
        write(base.resolve("repo/pom.xml"), "<project/>", -60);
        write(target.resolveSibling("quickstart-1.jar"), "", -30);
        for (String source : List.of("repo/quickstart/src/main", "repo/db")) {
            Files.setLastModifiedTime(
                    base.resolve(source), FileTime.from(Instant.now().minusSeconds(60)));
        }
    }

    @Test
    void javaHomeComesFirstIfItIsNewEnough() throws Exception {
        jdk("places/b", "26");
        Path home = jdk("home", "25.0.1");

        assertThat(run(Map.of("JAVA_HOME", home.toString()), "help").out()).startsWith(home + "/bin/java ");
    }

    @Test
    void anOldJavaHomeAndAnOldPathDoNotHide() throws Exception {
        Path old = jdk("old", "17.0.15");
        Files.createSymbolicLink(base.resolve("bin/java"), old.resolve("bin/java"));
        Path found = jdk("places/temurin-25", "25-ea");

        assertThat(run(Map.of("JAVA_HOME", old.toString()), "help").out()).startsWith(found + "/bin/java ");
    }

    @Test
    void theJavaOnThePathIsFollowedToItsHome() throws Exception {
        Path home = jdk("somewhere/else", "25.0.2");
        Files.createSymbolicLink(base.resolve("alias"), home.resolve("bin/java"));
        Files.createSymbolicLink(base.resolve("bin/java"), Path.of("../alias"));

        assertThat(run(Map.of(), "help").out()).startsWith(home.toRealPath() + "/bin/java ");
    }

    @Test
    void aRuntimeWithoutCompilerAndJava8DoNotCount() throws Exception {
        Files.delete(jdk("places/jre", "25").resolve("bin/javac"));
        jdk("places/eight", "1.8.0_402");

        Run run = run(Map.of(), "help");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).hasLineCount(1).startsWith("errand: no JDK 25 or newer is on this machine: install one");
    }

    @Test
    void macOsHomesAreFound() throws Exception {
        Path home = jdk("places/temurin-25.jdk/Contents/Home", "25.0.1");

        assertThat(run(Map.of(), "help").out()).startsWith(home + "/bin/java ");
    }

    @Test
    void argumentsArriveAsTheyWereTyped() throws Exception {
        jdk("places/jdk", "25");

        assertThat(run(Map.of(), "dev-token", "--claim", "a=b c", "*").out())
                .contains("io.errand.quickstart.Main|dev-token|--claim|a=b c|*|")
                .contains("|-cp|" + base.resolve("repo/quickstart/target/quickstart-1.jar") + ":")
                .contains("|-Derrand.root=" + base.resolve("repo") + "|");
    }

    @Test
    void nothingIsBuiltWhereNothingChanged() throws Exception {
        jdk("places/jdk", "25");
        maven("exit 1");

        assertThat(run(Map.of(), "help").exit()).isZero();
    }

    @Test
    void aChangedSourceIsBuiltOnce() throws Exception {
        jdk("places/jdk", "25");
        maven("echo ran >>" + base.resolve("maven-runs"));
        write(base.resolve("repo/quickstart/src/main/New.java"), "", -5);

        Run first = run(Map.of(), "help");
        Run second = run(Map.of(), "help");

        assertThat(first.exit()).isZero();
        assertThat(first.err()).contains("Building Errand …");
        assertThat(second.err()).isEmpty();
        assertThat(Files.readAllLines(base.resolve("maven-runs"))).hasSize(1);
    }

    @Test
    void aRemovedSourceIsBuiltToo() throws Exception {
        jdk("places/jdk", "25");
        maven("echo ran >>" + base.resolve("maven-runs"));
        Path old = base.resolve("repo/quickstart/src/main/Old.java");
        write(old, "", -50);
        Files.setLastModifiedTime(old.getParent(), FileTime.from(Instant.now().minusSeconds(40)));
        assertThat(run(Map.of(), "help").err()).isEmpty();

        Files.delete(old);

        assertThat(run(Map.of(), "help").err()).contains("Building Errand …");
    }

    @Test
    void aFailedBuildShowsItsErrorsAndWhereTheRestIs() throws Exception {
        jdk("places/jdk", "25");
        maven("echo '[ERROR] New.java:[1,1] class expected'; exit 1");
        write(base.resolve("repo/quickstart/src/main/New.java"), "", -5);

        Run run = run(Map.of(), "help");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err())
                .contains("[ERROR] New.java:[1,1] class expected")
                .contains("all of it is in " + base.resolve("repo/target/build.log"));
        assertThat(run(Map.of(), "help").exit()).isEqualTo(1);
    }

    @Test
    void withoutMavenItSaysSo() throws Exception {
        jdk("places/jdk", "25");
        write(base.resolve("repo/quickstart/src/main/New.java"), "", -5);

        Run run = run(Map.of(), "help");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).startsWith("errand: Maven is needed to build");
    }

    private Path jdk(String place, String version) throws IOException {
        Path home = base.resolve(place);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(home.resolve("bin/java"), "printf '%s ' \"$0\"; printf '%s|' \"$@\"");
        script(home.resolve("bin/javac"), "");
        return home;
    }

    private void maven(String body) throws IOException {
        script(base.resolve("bin/mvn"), body);
    }

    private static void script(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + file + " executable");
        }
    }

    private static void write(Path file, String text, long secondsFromNow) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(secondsFromNow)));
    }

    private Run run(Map<String, String> environment, String... arguments) throws Exception {
        ProcessBuilder process =
                new ProcessBuilder("/bin/bash", base.resolve("repo/errand").toString());
        process.command().addAll(List.of(arguments));
        Path tools = tools();
        process.environment().clear();
        process.environment().put("PATH", base.resolve("bin") + ":" + tools);
        process.environment().put("HOME", base.toString());
        process.environment().put("ERRAND_JDK_PLACES", base.resolve("places").toString());
        process.environment().putAll(environment);
        Path out = base.resolve("out");
        Path err = base.resolve("err");
        process.redirectOutput(out.toFile()).redirectError(err.toFile());
        int exit = process.start().waitFor();
        return new Run(exit, Files.readString(out), Files.readString(err));
    }

    /** The commands that the launcher uses, without the machine's own Java and Maven. */
    private Path tools() throws IOException {
        Path tools = Files.createDirectories(base.resolve("tools"));
        for (String name : List.of(
                "cat",
                "dirname",
                "find",
                "grep",
                "head",
                "mkdir",
                "readlink",
                "rm",
                "sed",
                "sh",
                "sleep",
                "tail",
                "touch",
                "tr")) {
            for (String place : List.of("/bin/", "/usr/bin/")) {
                if (Files.isExecutable(Path.of(place + name)) && !Files.exists(tools.resolve(name))) {
                    script(tools.resolve(name), "exec " + place + name + " \"$@\"");
                }
            }
        }
        return tools;
    }
}
