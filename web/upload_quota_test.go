package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image/color"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

// sending is an upload of which only the beginning has come.
func sending(t *testing.T, base, from string, announced int64, bytes int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	head := "POST /api/v1/mosaics HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\nX-Forwarded-For: %s\r\n\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"target\"; filename=\"x.png\"\r\n\r\n"
	fmt.Fprintf(conn, head, announced, from)
	conn.Write(append(picture(t, 30, 30, color.White), make([]byte, bytes)...))
	return conn
}

// roomOf is how many batches hold room, and how many bytes.
func roomOf(t *testing.T, redis *redistest.Server) (batches, bytes int64) {
	t.Helper()
	c := redisClient(t, redis)
	bytes, _ = c.HGet(context.Background(), "{smalti}:held:uploads:by", "").Int64()
	return c.ZCard(context.Background(), "{smalti}:held:uploads").Val(), bytes
}

// Who announces much and sends little has little room.
func TestAnnouncedBytesHoldNoRoom(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	base := frontEnds(t, redis, 1, "-quota-total", "600MiB", "-quota-client", "600MiB", "-limit-uploads", "off")[0]
	for i := range 20 {
		sending(t, base, fmt.Sprintf("192.0.2.%d", i), 500<<20, 20_000)
	}
	testenv.WaitFor(t, "all 20 to have room, since what is announced does not count", func() bool { n, _ := roomOf(t, redis); return n == 20 })
	if _, bytes := roomOf(t, redis); bytes > 20<<20 {
		t.Errorf("they hold %d MB", bytes>>20)
	}
	parts := append([]part{plainField("source", "upload"), plainField("size", "postcard"), {"target", "me.png", picture(t, 30, 30, color.White)}}, photos(t, 3)...)
	if code, v := postParts(t, base, parts...); code != http.StatusAccepted {
		t.Errorf("somebody else: %d %v", code, v)
	}
	// What can never fit is refused before it is sent.
	conn := sending(t, base, "192.0.2.99", 500<<20+100<<20, 20_000)
	conn.SetReadDeadline(time.Now().Add(soon))
	answer := make([]byte, 12)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 503" {
		t.Errorf("too much: %q, %v", answer, err)
	}
}

// An upload that breaks off leaves nothing: when the client goes, when the front end stops, and when it dies.
func TestUploadsThatBreakOff(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	left := func() []string {
		all, _ := filepath.Glob(filepath.Join(p.data, "store", "uploads", "*"))
		noted, _ := filepath.Glob(filepath.Join(p.data, "journal", "uploading", "*"))
		return append(all, noted...)
	}
	begin := func() net.Conn {
		conn := sending(t, p.base, "192.0.2.1", 100<<20, 2<<20)
		testenv.WaitFor(t, "room to be held", func() bool { n, bytes := roomOf(t, p.redis); return n == 1 && bytes >= 2<<20 })
		testenv.WaitFor(t, "a file to be written", func() bool { return len(left()) > 0 })
		return conn
	}
	nothing := func(after string) {
		t.Helper()
		testenv.WaitFor(t, "nothing to be left "+after, func() bool { n, _ := roomOf(t, p.redis); return n == 0 && len(left()) == 0 })
	}
	p.startWeb(p.redis.Addr)
	begin().Close()
	nothing("when the client goes")

	begin()
	p.web.Signal(syscall.SIGTERM)
	p.web.Wait()
	nothing("when the front end stops")

	p.startWeb(p.redis.Addr)
	begin()
	p.web.kill()
	score := redisClient(t, p.redis).ZRangeWithScores(t.Context(), "{smalti}:held:uploads", 0, -1).Val()
	if len(score) != 1 || score[0].Score > float64(time.Now().Add(2*time.Minute).UnixMilli()) {
		t.Errorf("after the front end died, room is held until %v", score)
	}
	if len(left()) == 0 {
		t.Error("nothing is left that could be removed")
	}
	p.startWeb(p.redis.Addr)
	nothing("when the front end is there again")
}

// What is unpacked counts, not what was sent.
func TestUnpackedBytesCount(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 6 {
		w, _ := z.Create(fmt.Sprintf("%d.png", i))
		w.Write(append(picture(t, 30, 30, color.White), bytes.Repeat([]byte("0123456789abcdef\x00\x07"), 1_000_000/18)...))
		noise := make([]byte, 30_000) // so that it is no bomb
		copy(noise, picture(t, 90, 90, color.Black))
		state := uint32(i + 1)
		for k := range noise {
			state = state*1664525 + 1013904223
			noise[k] = byte(state >> 24)
		}
		w.Write(noise)
	}
	z.Close()
	parts := []part{plainField("source", "upload"), plainField("size", "postcard"), {"target", "me.png", picture(t, 30, 30, color.White)}, {"photos", "z.zip", b.Bytes()}}
	if b.Len() > 1<<20 {
		t.Fatalf("the zip has %d bytes", b.Len())
	}
	for _, limits := range [][]string{{"-quota-client", "3MiB"}, {"-limit-uploads", "3MiB/1h"}} {
		base := startSystem(t, append(limits, "-workers", "0")...)
		if code, v := postParts(t, base, parts...); code != http.StatusTooManyRequests {
			t.Errorf("%s: %d %v", limits, code, v)
		}
	}
	if code, v := postParts(t, startSystem(t, "-workers", "0"), parts...); code != http.StatusAccepted {
		t.Errorf("with room for it: %d %v", code, v)
	}
}

// While nobody can say how much room there is, photos are refused, and everything else goes on.
func TestNoRoomIsGivenOutUnseen(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	base := frontEnds(t, redis, 1)[0]
	redis.Kill()
	parts := append([]part{plainField("source", "upload"), plainField("size", "postcard"), {"target", "me.png", picture(t, 30, 30, color.White)}}, photos(t, 3)...)
	contentType, body := form(t, parts...)
	code, v, h := do(t, "POST", base+"/api/v1/mosaics", contentType, body)
	if code != http.StatusServiceUnavailable || h.Get("Retry-After") != "30" {
		t.Errorf("photos: %d %v, Retry-After %q", code, v, h.Get("Retry-After"))
	}
	accept(t, base, small)
}
