package io.errand.api.log;

/** Ends the look through an export: what was found. */
final class ExportFault extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Verification what;

    ExportFault(Verification what) {
        super(null, null, false, false);
        this.what = what;
    }

    static ExportFault tampered(long line, Tampering kind, String sentence) {
        return new ExportFault(new Verification.Tampered(line, kind, sentence));
    }

    Verification what() {
        return what;
    }
}
