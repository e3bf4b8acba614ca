package io.errand.cli.sandbox;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a command is run by bubblewrap ({@code bwrap(1)}): namespaces of its own for processes, IPC, network and, where the system lets
 * its user make one, users; the system's programs to be read; an empty {@code /tmp} and home; a terminal session of its own.
 */
public final class Sandbox implements AutoCloseable {

    /** Programs and libraries, and what of {@code /etc} they need that is nobody's secret. */
    private static final List<String> SYSTEM = List.of(
            "/usr",
            "/etc/alternatives",
            "/etc/ca-certificates",
            "/etc/group",
            "/etc/ld.so.cache",
            "/etc/ld.so.conf",
            "/etc/ld.so.conf.d",
            "/etc/localtime",
            "/etc/nsswitch.conf",
            "/etc/passwd",
            "/etc/pki",
            "/etc/ssl/certs",
            "/etc/timezone");

    /** Directories of the root that are links into {@code /usr}, or stand for themselves. */
    private static final List<String> ROOT = List.of("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");

    /** What of the caller's environment says nothing but how its terminal and its language are. */
    private static final Set<String> KEPT = Set.of("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TERM", "TZ");

    private static final String RELAYS = "/run/errand";

    /** Not where they are, which may be among the user's files. */
    private static final String CLASSES = "/opt/errand";

    private final Path bubblewrap;
    private final List<Path> readable;
    private final List<Path> writable;
    private final Outside outside = new Outside();
    private final List<Path> made = new ArrayList<>();

    private Sandbox(Path bubblewrap, List<Path> readable, List<Path> writable) {
        this.bubblewrap = bubblewrap;
        this.readable = readable;
        this.writable = writable;
    }

    /** @throws IOException a sentence that says why this cannot be had here */
    public static Sandbox of(List<Path> readable, List<Path> writable) throws IOException {
        for (Path path : Stream.concat(readable.stream(), writable.stream()).toList()) {
            if (!Files.exists(path)) {
                throw new IOException("There is no " + path + " to be given to the command.");
            }
        }
        Path bubblewrap = onPath().orElseThrow(() ->
                new IOException("--isolate needs bubblewrap, and there is no bwrap on the PATH: install the package"
                        + " bubblewrap, or run without --isolate."));
        return new Sandbox(bubblewrap, real(readable), real(writable)).tried();
    }

    private static Optional<Path> onPath() {
        return Stream.of(String.valueOf(System.getenv("PATH")).split(File.pathSeparator, -1))
                .filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, "bwrap"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static List<Path> real(List<Path> paths) throws IOException {
        List<Path> real = new ArrayList<>();
        for (Path path : paths) {
            real.add(path.toRealPath());
        }
        return real;
    }

    /** Some systems do not let a user make namespaces: better found out before the task begins. */
    private Sandbox tried() throws IOException {
        List<String> trial = new ArrayList<>(base());
        trial.addAll(List.of("--", "/usr/bin/true"));
        Process process = new ProcessBuilder(trial)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .start();
        String said;
        try (var out = process.inputReader()) {
            said = String.join(" ", out.lines().toList());
        }
        try {
            if (process.waitFor() != 0) {
                throw new IOException("--isolate cannot be had here, since bubblewrap fails: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return this;
    }

    /** Nothing of the caller's but how its terminal is; what is put there afterwards, the command sees. */
    public void clear(Map<String, String> environment) {
        environment.keySet().retainAll(KEPT);
        environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
        environment.put("HOME", "/home/errand");
    }

    /**
     * What to start so that the command runs.
     *
     * @param directory a private one, for the sockets; it is emptied when this closes
     * @param given what the command's credentials are in, to be read
     */
    public List<String> command(
            List<String> command,
            List<Reach> reachable,
            Path directory,
            Collection<Path> given,
            Map<String, String> environment)
            throws IOException {
        List<String> line = new ArrayList<>(base());
        Stream.concat(readable.stream(), given.stream())
                .forEach(path -> line.addAll(List.of("--ro-bind", path.toString(), path.toString())));
        writable.forEach(path -> line.addAll(List.of("--bind", path.toString(), path.toString())));
        line.addAll(List.of(
                "--chdir",
                writable.isEmpty() ? "/home/errand" : writable.getFirst().toString()));
        if (!reachable.isEmpty()) {
            line.addAll(relayed(reachable, directory, environment));
        } else {
            line.add("--");
        }
        line.addAll(command);
        return line;
    }

    private List<String> base() {
        List<String> line = new ArrayList<>(List.of(
                bubblewrap.toString(),
                "--unshare-all",
                "--die-with-parent",
                "--new-session",
                "--proc",
                "/proc",
                "--dev",
                "/dev",
                "--tmpfs",
                "/tmp",
                "--dir",
                "/home/errand"));
        SYSTEM.forEach(path -> line.addAll(List.of("--ro-bind-try", path, path)));
        // Where distributions keep what a JDK under /usr links to.
        for (String path : Objects.requireNonNullElse(
                new File("/etc").list((etc, name) -> name.startsWith("java")), new String[0])) {
            line.addAll(List.of("--ro-bind-try", "/etc/" + path, "/etc/" + path));
        }
        for (String path : ROOT) {
            Path real = Path.of(path);
            if (Files.isSymbolicLink(real)) {
                line.addAll(List.of("--symlink", "usr" + path, path));
            } else if (Files.isDirectory(real)) {
                line.addAll(List.of("--ro-bind", path, path));
            }
        }
        return line;
    }

    /** By {@link Inside}. */
    private List<String> relayed(List<Reach> reachable, Path directory, Map<String, String> environment)
            throws IOException {
        Map<String, String> names = new LinkedHashMap<>(Map.of("localhost", "127.0.0.1"));
        Map<String, String> ways = new LinkedHashMap<>();
        for (int i = 0; i < reachable.size(); i++) {
            Reach reach = reachable.get(i);
            Path socket = directory.resolve("reach" + i);
            outside.listen(socket, reach);
            made.add(socket);
            for (String address : addresses(reach, names)) {
                ways.putIfAbsent(address, RELAYS + "/reach" + i);
            }
        }
        Path hosts = directory.resolve("hosts");
        StringBuilder text = new StringBuilder();
        names.forEach(
                (name, address) -> text.append(address).append(' ').append(name).append('\n'));
        Files.writeString(hosts, text);
        made.add(hosts);
        String proxy = "http://127.0.0.1:" + Inside.PROXY;
        environment.putAll(Map.of("HTTPS_PROXY", proxy, "https_proxy", proxy));
        List<String> line = new ArrayList<>(
                List.of("--ro-bind", directory.toString(), RELAYS, "--ro-bind", hosts.toString(), "/etc/hosts"));
        List<String> inside = inside(line);
        ways.forEach((address, socket) -> inside.add(address + "=" + socket));
        line.addAll(List.of("--", "/bin/sh", "-c", beside(inside), "sh"));
        return line;
    }

    /** With the JVM and the classes that run here, which are added to what the command sees. */
    private static List<String> inside(List<String> line) throws IOException {
        List<String> classes = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (Files.exists(Path.of(entry))) {
                String place =
                        CLASSES + "/" + classes.size() + "/" + Path.of(entry).getFileName();
                line.addAll(List.of("--ro-bind", Path.of(entry).toRealPath().toString(), place));
                classes.add(place);
            }
        }
        Path java = Path.of(System.getProperty("java.home")).toRealPath();
        if (!java.startsWith("/usr")) {
            line.addAll(List.of("--ro-bind", java.toString(), java.toString()));
        }
        return new ArrayList<>(List.of(
                java.resolve("bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx64m",
                "-cp",
                String.join(File.pathSeparator, classes),
                Inside.class.getName()));
    }

    /** A shell that becomes the command once the other listens; what the command has open, the other has not. */
    private static String beside(List<String> inside) {
        String quoted = inside.stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        return "mkfifo /tmp/.errand && { " + quoted + " >/tmp/.errand </dev/null 3<&- & }"
                + " && read -r ready </tmp/.errand && rm /tmp/.errand && exec \"$@\"";
    }

    /**
     * A name is an address of the loopback device; a loopback address is itself. What has another number, or a port that only root may
     * open, goes through the proxy alone; what has a name and an open port goes both ways.
     */
    private static List<String> addresses(Reach reach, Map<String, String> names) {
        List<String> addresses = new ArrayList<>(List.of("@" + reach));
        if (reach.port() < 1024 || reach.host().startsWith("[")) {
            return addresses;
        }
        if (reach.isLoopback()) {
            addresses.add((reach.isNumeric() ? reach.host() : "127.0.0.1") + ":" + reach.port());
        } else if (!reach.isNumeric()) {
            String next = "127.0." + (1 + names.size() / 250) + "." + (1 + names.size() % 250);
            names.putIfAbsent(reach.host(), next);
            addresses.add(names.get(reach.host()) + ":" + reach.port());
        }
        return addresses;
    }

    @Override
    public void close() throws IOException {
        outside.close();
        for (Path path : made) {
            Files.deleteIfExists(path);
        }
    }
}
