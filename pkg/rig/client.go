//go:build linux

package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// Answer is what a page reads of a poll.
type Answer struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Attempt int    `json:"attempt"`
	Failure *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"failure"`
	Result    json.RawMessage   `json:"result"`
	Finished  string            `json:"finished"`
	PollAfter int               `json:"poll_after_ms"`
	Links     map[string]string `json:"links"`
}

// Final reports whether the mosaic has ended.
func (a *Answer) Final() bool { return a.State == "done" || a.State == "failed" }

// Do sends one request with pairs of header fields, and reads the whole answer.
func Do(ctx context.Context, c *http.Client, method, url string, body []byte, header ...string) (code int, data []byte, tag string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	data, err = io.ReadAll(res.Body)
	return res.StatusCode, data, res.Header.Get("ETag"), errors.Join(err, res.Body.Close())
}

// Wait waits so long. It reports false when ctx ended before.
func Wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
