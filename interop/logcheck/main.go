// Reads a log as others' programs do: golang.org/x/mod/sumdb/note and tlog, and github.com/transparency-dev/merkle.
//
//	logcheck URL TOKEN LEASE    prints what was verified; TOKEN is an auditor's, LEASE one that has ended
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var base, token string

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "logcheck: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func get(path string) []byte {
	request, err := http.NewRequest("GET", base+path, nil)
	must(err, path)
	if strings.HasPrefix(path, "/admin/") || strings.HasPrefix(path, "/log/tile/entries/") {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	must(err, path)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(err, path)
	if response.StatusCode != 200 {
		must(fmt.Errorf("status %d: %s", response.StatusCode, body), path)
	}
	return body
}

// C2SP leaves the height out of a tile's path: it is always 8.
func path(tile tlog.Tile) string {
	return "/log/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

type tiles struct{}

func (tiles) Height() int { return 8 }

func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		data = append(data, get(path(tile)))
	}
	return data, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func opened(signed string, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	must(err, "the checkpoint")
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		must(fmt.Errorf("it is of %s", lines[0]), "the checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "the checkpoint's size")
	root, err := base64.StdEncoding.DecodeString(lines[2])
	must(err, "the checkpoint's root")
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}
}

func entries(size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := int(min(256, size-n*256))
		tile := tlog.Tile{H: 8, L: 0, N: n, W: width}
		bundle := get(strings.Replace(path(tile), "tile/0/", "tile/entries/", 1))
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	if int64(len(all)) != size {
		must(fmt.Errorf("%d of %d", len(all), size), "the entries")
	}
	return all
}

type proved struct {
	Place      int64    `json:"place"`
	Line       string   `json:"line"`
	Proof      [][]byte `json:"proof"`
	Checkpoint string   `json:"checkpoint"`
}

func asked(query string) proved {
	var answer proved
	must(json.Unmarshal(get("/admin/v1/audit/proofs?"+query), &answer), query)
	return answer
}

func hashes(proof [][]byte) []tlog.Hash {
	var all []tlog.Hash
	for _, hash := range proof {
		all = append(all, tlog.Hash(hash))
	}
	return all
}

func main() {
	base, token = os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(get("/log/vkey"))))
	must(err, "the vkey")
	tree := opened(string(get("/log/checkpoint")), verifier)

	reader := tlog.TileHashReader(tree, tiles{})
	lines := entries(tree.N)
	for n, line := range lines {
		record, err := tlog.ProveRecord(tree.N, int64(n), reader)
		must(err, "a proof from the tiles")
		must(tlog.CheckRecord(record, tree.N, tree.Hash, int64(n), tlog.RecordHash(line)), "a line by the tiles")
	}
	fmt.Printf("tlog: %d lines are in the tree by its tiles\n", len(lines))

	one := asked("lease=" + os.Args[3])
	now := opened(one.Checkpoint, verifier)
	must(tlog.CheckRecord(tlog.RecordProof(hashes(one.Proof)), now.N, now.Hash, one.Place, tlog.RecordHash([]byte(one.Line))), "tlog: the inclusion proof")
	leaf := rfc6962.DefaultHasher.HashLeaf([]byte(one.Line))
	must(proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(one.Place), uint64(now.N), leaf, one.Proof, now.Hash[:]), "merkle: the inclusion proof")
	if proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(one.Place), uint64(now.N), rfc6962.DefaultHasher.HashLeaf([]byte(one.Line+" ")), one.Proof, now.Hash[:]) == nil {
		must(fmt.Errorf("another line is believed"), "merkle")
	}
	if !bytes.Contains([]byte(one.Line), []byte(os.Args[3])) {
		must(fmt.Errorf("the line is not about the lease"), "the proof")
	}
	fmt.Println("tlog and merkle: the end of the lease is proved")

	var page struct {
		Items []struct {
			Note string `json:"note"`
		} `json:"items"`
	}
	must(json.Unmarshal(get("/admin/v1/audit/checkpoints?limit=1000"), &page), "the checkpoints")
	for _, item := range page.Items {
		before := opened(item.Note, verifier)
		grown := asked("consistency=" + strconv.FormatInt(before.N, 10))
		last := opened(grown.Checkpoint, verifier)
		if before.N < last.N {
			must(tlog.CheckTree(tlog.TreeProof(hashes(grown.Proof)), last.N, last.Hash, before.N, before.Hash), "tlog: the consistency proof")
		}
		must(proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(before.N), uint64(last.N), grown.Proof, before.Hash[:], last.Hash[:]), "merkle: the consistency proof")
	}
	fmt.Printf("tlog and merkle: %d checkpoints are the log's past\n", len(page.Items))
}
