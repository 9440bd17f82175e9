package queue_test

import (
	"testing"

	"github.com/alicebob/miniredis/v2"

	"smalti/pkg/redisconn/redistest"
)

func TestQueueOnMiniredis(t *testing.T) {
	t.Parallel()
	testQueue(t, func(t *testing.T) server {
		m := miniredis.NewMiniRedis()
		m.ClockTTL(true)
		m.RequireAuth("sesame")
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Close)
		return connect(t, m.Addr(), "sesame")
	})
}

func TestQueueOnRedis(t *testing.T) {
	t.Parallel()
	testQueue(t, func(t *testing.T) server {
		s := redistest.Start(t)
		return connect(t, s.Addr, s.Password)
	})
}

func testQueue(t *testing.T, start func(t *testing.T) server) {
	for name, test := range map[string]func(*testing.T, server){
		"finish": testFinish, "first look": testFirstLook, "fail": testFail, "status": testStatus, "put twice": testPutTwice,
		"full": testFull, "holds": testHolds, "many workers": testManyWorkers, "interactive first": testInteractiveFirst,
		"lease expires": testLeaseExpires, "frozen worker": testFrozenWorker,
		"popped, never claimed": testNeverClaimed, "never claimed, with a backlog": testNeverClaimedBacklog,
		"stale element": testStaleElement, "hand-pushed tail": testHandPushedTail,
		"hand-pushed": testHandPushed, "bad packages": testBadPackages, "bad element of another": testBadElementOfAnother,
		"poison": testPoison, "retry": testRetry, "give back": testGiveBack,
		"delete queued": testDeleteQueued, "delete running": testDeleteRunning, "restore": testRestore,
		"forgotten": testForgotten, "damaged record": testDamagedRecord, "workers": testWorkers,
		"cancelled": testCancelled, "pop cut": testPopCut, "put cut": testPutCut, "repeats": testRepeats,
		"overview": testOverview, "dead list": testDeadList, "drop dead": testDropDead, "pause": testPause,
		"failures": testFailures, "foreign": testForeign, "foreign, never claimed": testForeignNeverClaimed,
		"foreign in vain": testForeignInVain, "foreign from the journal": testForeignPutBack,
		"questions": testQuestions, "questions together": testQuestionsTogether, "questions keep their gap": testQuestionsKeepTheirGap,
		"beats": testBeatsAreNotToldToWorkers, "ticks": testTicks, "due": testExpiredLeaseMakesSweepDue, "pause by heartbeat": testPauseByHeartbeat,
		"storm": testStorm, "writes": testWrites, "fairness": testFairness, "held": testHeld, "promised": testPromised, "bytes": testBytes, "keep": testKeep, "rewrite": testRewrite,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}
