package io.errand.cli;

/** Run as a process of its own by {@link ParentsEnvironmentTest}: starts a command that reads its parent's environment. */
final class HiddenParent {

    private HiddenParent() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("hidden") && !ProcessMemory.hide()) {
            throw new IllegalStateException("nothing was hidden");
        }
        System.exit(new ProcessBuilder("sh", "-c", "tr '\\0' '\\n' </proc/$PPID/environ")
                .inheritIO()
                .start()
                .waitFor());
    }
}
