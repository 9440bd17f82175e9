//go:build !linux

package heifwasm

// memory is the memory of one instance after the other.
type memory struct {
	size int
	b    []byte
}

func newMemory(size int) (*memory, error) { return &memory{size: size}, nil }

func (m *memory) clear() error {
	m.b = nil
	return nil
}

// Reallocate implements [experimental.LinearMemory].
func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(m.size) {
		return nil
	}
	m.b = append(m.b, make([]byte, max(0, int(size)-len(m.b)))...)
	return m.b[:size]
}

// Free implements [experimental.LinearMemory].
func (m *memory) Free() {}
