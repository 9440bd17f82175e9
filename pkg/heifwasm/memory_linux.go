package heifwasm

import "syscall"

// memory is the memory of one instance after the other. Its address space is reserved, so that it grows in its
// place; huge pages save a sixth of the time.
type memory struct{ reserved []byte }

func newMemory(size int) (*memory, error) {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	_ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) // not every kernel has them
	return &memory{b}, nil
}

// clear gives the memory back, after which it is zero.
func (m *memory) clear() error { return syscall.Madvise(m.reserved, syscall.MADV_DONTNEED) }

// Reallocate implements [experimental.LinearMemory].
func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.reserved)) {
		return nil
	}
	return m.reserved[:size]
}

// Free implements [experimental.LinearMemory]. The pixels of a picture are still used then.
func (m *memory) Free() {}
