package mosaic

// progress turns the progress of parts into one number from 0 to 100.
type progress struct {
	tell func(done, total int)
	base int // where the current part began
	last int // what was told last
}

func newProgress(tell func(done, total int)) *progress {
	if tell == nil {
		tell = func(int, int) {}
	}
	return &progress{tell: tell, last: -1}
}

const whole = 100

// share begins a part that takes so many hundredths of the whole.
func (m *progress) share(share int) func(done, total int) {
	base := m.base
	m.base += share
	return func(done, total int) {
		if total > 0 {
			m.at(base + share*done/total)
		}
	}
}

// halves divides a part in two. Of nil, both are nil.
func halves(done func(done, total int)) (first, second func(done, total int)) {
	if done == nil {
		return nil, nil
	}
	first = func(n, total int) { done(n, 2*total) }
	second = func(n, total int) { done(total+n, 2*total) }
	return first, second
}

func (m *progress) at(hundredths int) {
	if hundredths > m.last {
		m.last = hundredths
		m.tell(hundredths, whole)
	}
}

func (m *progress) finish() { m.at(whole) }
