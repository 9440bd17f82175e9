package queue

// The keys that Go needs to name; the scripts name the others. See the package's comment.
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
	keyPaused      = "{smalti}:paused"
	keySpent       = "{smalti}:spent"
)

func keyRecord(id string) string { return "{smalti}:job:" + id }
