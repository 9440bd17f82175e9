//go:build linux

package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Client speaks to web servers as a browser does.
type Client struct {
	HTTP *http.Client
	URL  func() string // of a web server, for each request
}

// Mosaic is what a poll shows of a mosaic.
type Mosaic struct {
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
func (m *Mosaic) Final() bool { return m.State == "done" || m.State == "failed" }

// Response is a whole HTTP response. Its code is 0 if there was none.
type Response struct {
	Code int
	Body []byte
	ETag string
}

// Get requests a path. Headers are pairs of a name and a value.
func (c *Client) Get(ctx context.Context, path string, headers ...string) (Response, error) {
	return c.do(ctx, http.MethodGet, path, nil, 0, headers...)
}

// Delete deletes a mosaic.
func (c *Client) Delete(ctx context.Context, id string) (Response, error) {
	return c.do(ctx, http.MethodDelete, MosaicPath(id), nil, 0)
}

// MosaicPath is where a mosaic is polled.
func MosaicPath(id string) string { return "/api/v1/mosaics/" + id }

// Post sends a request for a mosaic. The error says why it was not accepted with 202; the response's code
// is then not 0 if a server refused it.
func (c *Client) Post(ctx context.Context, r Request) (id string, res Response, err error) {
	res, err = c.do(ctx, http.MethodPost, "/api/v1/mosaics", r.reader(), len(r.Body), "Content-Type", r.Type, "Idempotency-Key", r.Key)
	if err != nil {
		return "", res, err
	}
	var m Mosaic
	if res.Code != http.StatusAccepted || json.Unmarshal(res.Body, &m) != nil {
		return "", res, fmt.Errorf("POST: %d %.300s", res.Code, res.Body)
	}
	return m.ID, res, nil
}

// Poll reads the state of a mosaic unless it still has the given ETag. The mosaic is nil unless the server
// answers with 200. A body that cannot be read is an error.
func (c *Client) Poll(ctx context.Context, id, etag string) (m *Mosaic, res Response, err error) {
	res, err = c.Get(ctx, MosaicPath(id), "If-None-Match", etag)
	if err != nil || res.Code != http.StatusOK {
		return nil, res, err
	}
	m = &Mosaic{}
	if err := json.Unmarshal(res.Body, m); err != nil {
		return nil, res, err
	}
	return m, res, nil
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader, length int, headers ...string) (res Response, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.URL()+path, body)
	if err != nil {
		return res, err
	}
	req.ContentLength = int64(length)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	answer, err := c.HTTP.Do(req)
	if err != nil {
		return res, err
	}
	data, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return res, err
	}
	return Response{answer.StatusCode, data, answer.Header.Get("ETag")}, nil
}

// Percentile returns a percentile of sorted durations; 0 of none.
func Percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*p/100]
}
