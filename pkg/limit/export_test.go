package limit

import "time"

// SetPatience sets how long a question to Redis may take.
func (l *Limiter) SetPatience(d time.Duration) { l.redis.Patience = d }
