package queue

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// keyScrubber names the process that scrubs the store; it expires unless it is renewed.
const keyScrubber = "{smalti}:scrubber"

// scrubScript gives the turn to whoever asks while nobody has it, and lets the one who has it renew it.
var scrubScript = redis.NewScript(`
local has = redis.call('GET', KEYS[1])
if has and has ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

// Scrub reports whether it is for the process of this name to scrub the store, for that period.
func (q *Queue) Scrub(ctx context.Context, name string, period time.Duration) (bool, error) {
	mine, err := scrubScript.Run(ctx, q.cmd, []string{keyScrubber}, name, period.Milliseconds()).Bool()
	return mine, unavailable("asking who scrubs the store", err)
}
