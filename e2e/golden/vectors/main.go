// Command vectors prints what Go's encoding/gob writes for a list of small values: one line a stream, its
// name and its bytes in hex. Ids of types are global to a process, so each stream is written by a process
// of its own: without arguments the program starts itself once for every name.
//
// The values and the expected results on our side stand in tests/wire/gob/vectors.py, under the same names.
package main

import (
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	var err error
	if len(os.Args) > 1 {
		err = write(os.Args[1])
	} else {
		err = writeAll()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func writeAll() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	names := make([]string, 0, len(streams))
	for name := range streams {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		line, err := exec.Command(self, name).Output()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		os.Stdout.Write(line)
	}
	return nil
}

func write(name string) error {
	var out strings.Builder
	encoder := gob.NewEncoder(hex.NewEncoder(&out))
	for _, value := range streams[name]() {
		if err := encoder.Encode(value); err != nil {
			return err
		}
	}
	fmt.Println(name, out.String())
	return nil
}
