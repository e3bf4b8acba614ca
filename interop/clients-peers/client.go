// x/oauth2's external account credentials as they come: a token of the tool on standard output.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/oauth2/google/externalaccount"
)

type file string

func (f file) SubjectToken(context.Context, externalaccount.SupplierOptions) (string, error) {
	content, err := os.ReadFile(string(f))
	return strings.TrimSpace(string(content)), err
}

func main() {
	source, err := externalaccount.NewTokenSource(context.Background(), externalaccount.Config{
		Audience:             os.Args[3],
		SubjectTokenType:     "urn:ietf:params:oauth:token-type:jwt",
		TokenURL:             os.Args[1],
		SubjectTokenSupplier: file(os.Args[2]),
		Scopes:               []string{os.Args[3] + ":read"},
	})
	if err == nil {
		token, asked := source.Token()
		if err = asked; err == nil {
			fmt.Println("token", token.AccessToken)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
