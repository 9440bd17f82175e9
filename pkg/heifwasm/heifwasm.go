// Package heifwasm decodes HEIC and AVIF pictures with libheif, libde265, libavif and libaom, compiled to
// WebAssembly. Each picture gets an instance of its own, whose memory is bounded and which can reach nothing
// outside of it.
//
// While such code runs, Go can neither interrupt its goroutine nor finish a garbage collection. It belongs in a
// process of its own: see [smalti/pkg/decoderprocess].
//
// The modules are those of github.com/gen2brain/heic and /avif. Their own functions take no limits, and let the
// memory grow by copying it, which takes more than half of the time and three times the memory.
package heifwasm

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	_ "unsafe" // for go:linkname

	_ "github.com/gen2brain/avif" // has avifModule
	_ "github.com/gen2brain/heic" // has heicModule
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// The compressed modules. A new version of theirs that names them otherwise fails to link.
var (
	//go:linkname heicModule github.com/gen2brain/heic.heifWasm
	heicModule []byte
	//go:linkname avifModule github.com/gen2brain/avif.decodeWasm
	avifModule []byte
)

// MaxMemory is the most bytes that an instance may have by default.
const MaxMemory = 224 << 20

// ErrDecode means that a decoder did not accept a picture, or ran out of memory.
var ErrDecode = errors.New("heifwasm: the picture cannot be decoded")

// Decoder decodes one picture after the other. Its zero value is ready; the first picture of each kind takes half a
// second more, in which the module is compiled.
type Decoder struct {
	// Compiled is a directory of machine code, which saves that time to all processes but the first. Nobody else may
	// write to it. What is damaged in it is replaced. If it cannot be used, the module is compiled in any case.
	Compiled string

	// Memory is the most bytes that an instance may have, in place of MaxMemory; no more than 4 GiB are used. It must not
	// change.
	Memory int64

	heic, avif *codec
	memory     *memory
}

const page = 1 << 16 // of WebAssembly

// pages are those of an instance at most.
func (d *Decoder) pages() int {
	if d.Memory > 0 {
		return int(min(d.Memory, 4<<30) / page)
	}
	return MaxMemory / page
}

// codec is a compiled module.
type codec struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

func (d *Decoder) compile(ctx context.Context, compressed []byte) (*codec, error) {
	code, err := unzip(compressed)
	if err != nil {
		return nil, err
	}
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(uint32(d.pages()))
	if d.Compiled != "" {
		if c, err := d.compileKept(ctx, code, config); err == nil {
			return c, nil
		}
		d.forget()
		if c, err := d.compileKept(ctx, code, config); err == nil {
			return c, nil
		}
	}
	return compile(ctx, code, config)
}

// compileKept takes the machine code that is kept, or keeps it. It fails where that is damaged.
func (d *Decoder) compileKept(ctx context.Context, code []byte, config wazero.RuntimeConfig) (*codec, error) {
	cache, err := wazero.NewCompilationCacheWithDir(d.Compiled)
	if err != nil {
		return nil, err
	}
	return compile(ctx, code, config.WithCompilationCache(cache))
}

// forget removes all machine code that is kept. What cannot be removed is compiled around.
func (d *Decoder) forget() {
	kept, _ := filepath.Glob(filepath.Join(d.Compiled, "*", "*"))
	for _, file := range kept {
		os.Remove(file)
	}
}

func unzip(compressed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func compile(ctx context.Context, code []byte, config wazero.RuntimeConfig) (*codec, error) {
	r := wazero.NewRuntimeWithConfig(ctx, config)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, err
	}
	module, err := r.CompileModule(ctx, code)
	if err != nil {
		return nil, err
	}
	return &codec{r, module}, nil
}

// instance is one decoding. Its first failure is kept, and makes all later calls do nothing.
type instance struct {
	ctx    context.Context
	module api.Module
	err    error
}

// decode runs f with a new instance that has data at the address in. The picture that f returns may lie in the
// instance's memory, which is kept until the next decoding.
func (d *Decoder) decode(ctx context.Context, c **codec, module, data []byte, f func(i *instance, in uint32) image.Image) (img image.Image, err error) {
	if *c == nil {
		if *c, err = d.compile(ctx, module); err != nil {
			return nil, err
		}
	}
	if d.memory == nil {
		if d.memory, err = newMemory(page * d.pages()); err != nil {
			return nil, err
		}
	}
	if err := d.memory.clear(); err != nil {
		return nil, err
	}
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(uint64, uint64) experimental.LinearMemory { return d.memory }))
	inside, err := (*c).runtime.InstantiateModule(ctx, (*c).module, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, inside.Close(ctx)) }()
	i := &instance{ctx: ctx, module: inside}
	in := i.alloc(len(data))
	if i.err == nil && !inside.Memory().Write(in, data) {
		return nil, ErrDecode
	}
	img = f(i, in)
	if i.err != nil {
		return nil, i.err
	}
	return img, nil
}

func (i *instance) call(name string, arguments ...uint32) uint32 {
	if i.err != nil {
		return 0
	}
	wide := make([]uint64, len(arguments))
	for n, a := range arguments {
		wide[n] = uint64(a)
	}
	result, err := i.module.ExportedFunction(name).Call(i.ctx, wide...)
	if err != nil {
		i.err = fmt.Errorf("%w: %w", ErrDecode, err)
		return 0
	}
	return uint32(result[0])
}

// alloc returns 0 if there is no memory left.
func (i *instance) alloc(size int) uint32 {
	at := i.call("malloc", uint32(size))
	if at == 0 && i.err == nil {
		i.err = fmt.Errorf("%w: out of memory", ErrDecode)
	}
	return at
}

// uints reads n numbers of 32 bits.
func (i *instance) uints(at uint32, n int) []uint32 {
	all := make([]uint32, n)
	for k := range all {
		all[k], _ = i.module.Memory().ReadUint32Le(at + uint32(4*k))
	}
	return all
}

// bytes is a view of the instance's memory.
func (i *instance) bytes(at uint32, size int) []byte {
	b, ok := i.module.Memory().Read(at, uint32(size))
	if !ok && i.err == nil {
		i.err = ErrDecode
	}
	return b
}

func (i *instance) refuse() {
	if i.err == nil {
		i.err = ErrDecode
	}
}
