package io.errand.api.log;

/** Where tiles are. */
@FunctionalInterface
public interface TileReader {

    /** The hashes of a tile, 32 bytes each, at least as many as its width. */
    byte[] read(Tile tile);
}
