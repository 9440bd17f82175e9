package photo

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"smalti/pkg/decoderprocess"
	"smalti/pkg/heifwasm"
)

// request is what a decoder process is asked for, beside the photo.
type request struct {
	Square bool // a tile, otherwise a picture
	Side   int
	Uncut  bool
	Limits Limits

	Compiled string // see [heifwasm.Decoder]
}

// refusal is an [Error] on its way out of a decoder process.
type refusal struct {
	Kind       Kind
	What       string
	Got, Limit int64
	Cause      string
}

var (
	pool     decoderprocess.Pool
	ownPools sync.Map // of a person's own pictures, by [Limits.Memory]
	isApart  bool     // this is such a process
	answered = answer
)

// In a decoder process this does not return, so that nothing else of the program begins.
func init() {
	decoderprocess.Serve(func(r []byte) [][]byte {
		isApart = true
		return answered(r)
	})
}

// compiled is where decoder processes keep machine code: in the directory that systemd gives a service while it runs,
// or in the user's cache. Without either, each of them compiles.
var compiled = sync.OnceValue(func() string {
	dir, _, _ := strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), ":")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(user, "smalti")
	}
	return filepath.Join(dir, "compiled")
})

// askApart has a photo decoded in a process of its own.
func (h header) askApart(ctx context.Context, ask request) (*image.NRGBA, error) {
	ask.Limits, ask.Compiled = h.limits, compiled()
	asked, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	reply, err := poolFor(h.limits).Do(ctx, binary.BigEndian.AppendUint32(nil, uint32(len(asked))), asked, h.data)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &Error{Kind: TooCostly, What: string(h.Format), Err: err}
	}
	return readReply(reply, ask)
}

// poolFor returns the processes that keep to some limits.
func poolFor(l Limits) *decoderprocess.Pool {
	if l.Memory <= 0 {
		return &pool
	}
	own, _ := ownPools.LoadOrStore(l.Memory, &decoderprocess.Pool{
		Processor: 2 * time.Minute, Wait: 10 * time.Minute, Answer: l.Memory, Memory: heifMemory(l) + besideDecoder,
	})
	return own.(*decoderprocess.Pool)
}

// besideDecoder is the memory that a process needs beside that of its decoder.
const besideDecoder = 288 << 20

// heifMemory is that of the decoder for a person's own pictures, at least as much as for those of strangers.
func heifMemory(l Limits) int64 { return max(l.Memory, heifwasm.MaxMemory) }

// The first byte of a reply.
const (
	isPicture = 1 // then its width and height, and its pixels
	isRefusal = 2 // as JSON
)

func readReply(reply []byte, ask request) (*image.NRGBA, error) {
	const head = 9
	switch {
	case len(reply) > head && reply[0] == isPicture:
		width, height := int(binary.BigEndian.Uint32(reply[1:])), int(binary.BigEndian.Uint32(reply[5:]))
		if max(width, height) <= ask.Side && len(reply)-head == 4*width*height {
			return &image.NRGBA{Pix: reply[head:], Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}, nil
		}
	case len(reply) > 1 && reply[0] == isRefusal:
		var r refusal
		if json.Unmarshal(reply[1:], &r) == nil {
			return nil, &Error{Kind: r.Kind, What: r.What, Got: r.Got, Limit: r.Limit, Err: errors.New(r.Cause)}
		}
	}
	return nil, &Error{Kind: Broken, Err: errors.New("the decoder answered nonsense")}
}

// answer is what a decoder process does.
func answer(message []byte) [][]byte {
	n := int(binary.BigEndian.Uint32(message))
	var ask request
	if err := json.Unmarshal(message[4:][:n], &ask); err != nil {
		panic(err) // both are of the same program
	}
	data := message[4+n:]
	thumbnail(data, ask)
	heifDecoder.Compiled = ask.Compiled
	if ask.Limits.Memory > 0 {
		heifDecoder.Memory = heifMemory(ask.Limits)
	}
	img, err := ask.picture(data)
	if err != nil {
		return [][]byte{refuse(err)}
	}
	b := img.Bounds()
	head := binary.BigEndian.AppendUint32([]byte{isPicture}, uint32(b.Dx()))
	head = binary.BigEndian.AppendUint32(head, uint32(b.Dy()))
	return [][]byte{head, img.Pix} // of pictures that resample makes, the rows follow each other
}

func (r request) picture(data []byte) (*image.NRGBA, error) {
	h, err := open(data, r.Limits, wanted{r.Side, true})
	if err != nil {
		return nil, err
	}
	if r.Square {
		return tile(context.Background(), h, r.Side)
	}
	return scaledPicture(context.Background(), h, r.Side, r.Uncut)
}

func refuse(err error) []byte {
	r := refusal{Kind: Broken, Cause: err.Error()}
	if e, ok := errors.AsType[*Error](err); ok {
		r = refusal{e.Kind, e.What, e.Got, e.Limit, r.Cause}
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // only strings and numbers
	}
	return append([]byte{isRefusal}, b...)
}
