package problem

import (
	"math"
	"net/http"
	"time"

	"smalti/pkg/message"
)

// Every answer with status 429.
var (
	// ErrTooManyConnections is also sent, in English, to connections that are refused before a request.
	ErrTooManyConnections = tooMany(message.New("problem.connections"), 10*time.Second)
	// ErrClientQueueFull: the requests of one client fill -waiting-client.
	ErrClientQueueFull = tooMany(message.New("problem.client_full"), time.Minute)
	// ErrClientPhotosFull: the photos of one client fill -quota-client.
	ErrClientPhotosFull = tooMany(message.New("problem.client_photos_full"), time.Minute)
)

// TooOften is for a client above one of the rates -limit-mosaics, -limit-friends, -limit-thumbs and
// -limit-uploads. The wait is rounded up to seconds.
func TooOften(wait time.Duration) *Problem {
	wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return tooMany(message.New("problem.too_often", "wait", wait), wait)
}

func tooMany(m message.Message, wait time.Duration) *Problem {
	return New(http.StatusTooManyRequests, m).retryAfter(wait)
}

// What is full for everyone is answered with 503.
var (
	ErrQueueFull  = Unavailable(message.New("problem.queue_full"))
	ErrPhotosFull = Unavailable(message.New("problem.photos_full")).retryAfter(time.Minute)
	ErrPhotosAway = Unavailable(message.New("problem.photos_away")).retryAfter(30 * time.Second)
)
