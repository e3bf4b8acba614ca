package io.errand.broker.audit;

import io.errand.api.log.Checkpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The copy of the last checkpoint outside of the database: what tells, after a restore, that there was more. */
@Component
class CheckpointFile {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFile.class);
    private static final int MAX_BYTES = 64 * 1024;

    private final @Nullable Path file;
    private boolean isWritten = true;

    CheckpointFile(AuditProperties settings) {
        file = settings.checkpointFile();
    }

    /** Empty: there is no file, or none was configured. What is no checkpoint is not overwritten either. */
    Optional<Checkpoint> read() {
        if (file == null) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Files.size(file) > MAX_BYTES ? new byte[0] : Files.readAllBytes(file);
            return bytes.length == 0 && Files.size(file) == 0
                    ? Optional.empty()
                    : Optional.of(Checkpoint.parse(new String(bytes, StandardCharsets.UTF_8))
                            .orElseThrow(() -> new IllegalStateException("errand.audit.checkpoint-file " + file
                                    + " holds no checkpoint, so that a restored database would not be noticed: put one there"
                                    + " that was kept, or take the file away")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("errand.audit.checkpoint-file cannot be read: " + e, e);
        }
    }

    /**
     * What cannot be written is told once, and tried again with the next checkpoint.
     *
     * @return false: the file has more entries of this log, which another replica may have signed, and keeps them
     */
    boolean write(Checkpoint checkpoint) {
        if (file == null) {
            return true;
        }
        if (hasMore(checkpoint)) {
            return false;
        }
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.writeString(next, checkpoint.toString());
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            isWritten = true;
        } catch (IOException e) {
            if (isWritten) {
                LOG.error("errand.audit.checkpoint-file cannot be written: {}", e.toString());
            }
            isWritten = false;
        }
        return true;
    }

    private boolean hasMore(Checkpoint checkpoint) {
        try {
            return read().filter(there -> LogContinuity.isMore(there, checkpoint))
                    .isPresent();
        } catch (IllegalStateException e) {
            return false; // it was read at the start: what came to be there since is no evidence
        }
    }
}
