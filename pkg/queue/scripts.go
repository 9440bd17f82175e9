package queue

import (
	"context"
	_ "embed"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/common.lua
var commonLua string

//go:embed scripts/silent.lua
var silentLua string

var (
	//go:embed scripts/put.lua
	putLua string
	//go:embed scripts/claim.lua
	claimLua string
	//go:embed scripts/reject.lua
	rejectLua string
	//go:embed scripts/renew.lua
	renewLua string
	//go:embed scripts/finish.lua
	finishLua string
	//go:embed scripts/retry.lua
	retryLua string
	//go:embed scripts/giveback.lua
	givebackLua string
	//go:embed scripts/pass.lua
	passLua string
	//go:embed scripts/status.lua
	statusLua string
	//go:embed scripts/delete.lua
	deleteLua string
	//go:embed scripts/stores.lua
	storesLua string
	//go:embed scripts/lose.lua
	loseLua string
	//go:embed scripts/restore.lua
	restoreLua string
	//go:embed scripts/beat.lua
	beatLua string
	//go:embed scripts/revive.lua
	reviveLua string
	//go:embed scripts/join.lua
	joinLua string
	//go:embed scripts/sweep.lua
	sweepLua string
	//go:embed scripts/foreign.lua
	foreignLua string
	//go:embed scripts/stranded.lua
	strandedLua string
	//go:embed scripts/rewrite.lua
	rewriteLua string
	//go:embed scripts/depth.lua
	depthLua string
)

var (
	putScript      = redis.NewScript(commonLua + putLua)
	claimScript    = redis.NewScript(commonLua + claimLua)
	rejectScript   = redis.NewScript(commonLua + rejectLua)
	renewScript    = redis.NewScript(commonLua + renewLua)
	finishScript   = redis.NewScript(commonLua + finishLua)
	retryScript    = redis.NewScript(commonLua + retryLua)
	givebackScript = redis.NewScript(commonLua + givebackLua)
	passScript     = redis.NewScript(commonLua + passLua)
	statusScript   = redis.NewScript(commonLua + statusLua)
	deleteScript   = redis.NewScript(commonLua + deleteLua)
	storesScript   = redis.NewScript(commonLua + storesLua)
	loseScript     = redis.NewScript(commonLua + loseLua)
	restoreScript  = redis.NewScript(commonLua + restoreLua)
	beatScript     = redis.NewScript(commonLua + beatLua)
	reviveScript   = redis.NewScript(commonLua + reviveLua)
	foreignScript  = redis.NewScript(commonLua + foreignLua)
	strandedScript = redis.NewScript(commonLua + strandedLua)
	rewriteScript  = redis.NewScript(commonLua + rewriteLua)
	depthScript    = redis.NewScript(commonLua + depthLua)
	joinScript     = redis.NewScript(commonLua + silentLua + joinLua)
	sweepScript    = redis.NewScript(commonLua + silentLua + sweepLua)
)

// onJob runs a script on one job: its record is the key, its id the first argument.
func (q *Queue) onJob(ctx context.Context, s *redis.Script, id string, args ...any) *redis.Cmd {
	return s.Run(ctx, q.cmd, []string{keyRecord(id)}, append([]any{id}, args...)...)
}
