package queue

import (
	"context"
	"embed"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/redisconn"
)

// The keys that Go names; the scripts name the others. See the package comment.
const (
	keyInteractive = "{smalti}:interactive"
	keyBulk        = "{smalti}:bulk"
	keyOpen        = "{smalti}:open"
	keyDead        = "{smalti}:dead"
	keyWorkers     = "{smalti}:workers"
	keyTroubles    = "{smalti}:troubles"
	keyFailures    = "{smalti}:failures"
	keyDeleted     = "{smalti}:deleted"
	keyStores      = "{smalti}:stores"
	keyScrubber    = "{smalti}:scrubber"
	keyPaused      = "{smalti}:paused"
	keySpent       = "{smalti}:spent"
)

func keyRecord(id string) string { return "{smalti}:job:" + id }

//go:embed scripts
var files embed.FS

var (
	putScript      = script("put")
	claimScript    = script("claim")
	rejectScript   = script("reject")
	renewScript    = script("renew")
	lookScript     = script("look")
	finishScript   = script("finish")
	retryScript    = script("retry")
	givebackScript = script("giveback")
	declineScript  = script("decline")
	statusScript   = script("status")
	deleteScript   = script("delete")
	storesScript   = script("stores")
	setLostScript  = script("setlost")
	restoreScript  = script("restore")
	beatScript     = redisconn.Script(files, "clock", "beat")
	tickScript     = redisconn.Script(files, "clock", "tick")
	reviveScript   = script("revive")
	foreignScript  = script("foreign")
	strandedScript = script("stranded")
	rewriteScript  = script("rewrite")
	depthScript    = script("depth")
	scrubScript    = script("scrub")
	joinScript     = script("silent", "join")
	sweepScript    = script("silent", "sweep")
)

// script joins what all scripts share and the files of the given names.
func script(names ...string) *redis.Script {
	return redisconn.Script(files, append([]string{"clock", "common"}, names...)...)
}

// onJob runs a script on one job: its record is the key, its id the first argument.
func (q *Queue) onJob(ctx context.Context, s *redis.Script, id string, args ...any) *redis.Cmd {
	return s.Run(ctx, q.cmd, []string{keyRecord(id)}, append([]any{id}, args...)...)
}
