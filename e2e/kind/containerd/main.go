// The import of an image archive as the containerd of a kind node does it, with its own code and a store of its own:
// `containerd ARCHIVE` prints, for each image, its name and how many layers it has on this platform. Nothing is unpacked.
package main

import (
	"context"
	_ "crypto/sha256" // of the blobs
	"encoding/json"
	"fmt"
	"os"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/images/archive"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/platforms"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path string) error {
	folder, err := os.MkdirTemp("", "containerd-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	store, err := local.NewStore(folder)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	top, err := archive.ImportIndex(context.Background(), store, file)
	if err != nil {
		return err
	}
	return list(context.Background(), store, top)
}

func list(ctx context.Context, store content.Store, top ocispec.Descriptor) error {
	data, err := content.ReadBlob(ctx, store, top)
	if err != nil {
		return err
	}
	var index ocispec.Index
	if err := json.Unmarshal(data, &index); err != nil {
		return err
	}
	for _, image := range index.Manifests {
		// All of an index has to be there: kind imports every platform.
		complete, _, _, missing, err := images.Check(ctx, store, image, platforms.All)
		if err != nil || !complete {
			return fmt.Errorf("%v lacks %v: %w", image.Annotations, missing, err)
		}
		manifest, err := images.Manifest(ctx, store, image, platforms.Default())
		if err != nil {
			return err
		}
		layers, err := images.RootFS(ctx, store, manifest.Config)
		if err != nil || len(layers) != len(manifest.Layers) {
			return fmt.Errorf("%v: %d layers, %d in the configuration: %w", image.Annotations, len(manifest.Layers), len(layers), err)
		}
		fmt.Println(image.Annotations[images.AnnotationImageName], len(layers))
	}
	return nil
}
