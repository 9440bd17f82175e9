package main

import (
	"bytes"
	"fmt"
	"image/color"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

// needBackup skips the test where what scripts/backup calls is missing.
func needBackup(t *testing.T) {
	t.Helper()
	testenv.SkipSlow(t)
	for _, name := range []string{"bash", "rsync", "redis-cli", "redis-check-rdb"} {
		testenv.Program(t, name)
	}
}

// backup runs scripts/backup, and returns what it says and whether it ended well.
func backup(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "../scripts/backup", args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func mustBackup(t *testing.T, env []string, args ...string) string {
	t.Helper()
	out, err := backup(t, env, args...)
	if err != nil {
		t.Fatalf("backup %v: %v\n%s", args, err, out)
	}
	return out
}

// Redis and the web server's disk are lost, and a backup that was made while people were asking is
// restored on other machines: what was finished is served, what waited gets done, nothing twice.
func TestBackupRestoresElsewhere(t *testing.T) {
	t.Parallel()
	needBackup(t)
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	env := []string{
		"SMALTI_BACKUP_TO=" + filepath.Join(t.TempDir(), "off site"), "SMALTI_BACKUP_REDIS=" + p.redis.URL(),
		"SMALTI_REDIS_PASSWORD_FILE=" + p.redisSecret, "SMALTI_BACKUP_DATA=" + p.data,
	}
	mosaic := func(base, id string) (all []byte) {
		for _, name := range []string{"poster.jpg", "preview.jpg", "plan.json"} {
			code, b, _ := get(t, base+"/files/"+id+"/"+name)
			if code != http.StatusOK || len(b) == 0 {
				t.Errorf("%s of %s: %d with %d bytes", name, id, code, len(b))
			}
			all = append(all, b...)
		}
		return all
	}

	finished := map[string][]byte{}
	first := p.helper()
	for range 2 {
		id := accept(t, p.base, small)
		p.done(id, 1)
		finished[id] = mosaic(p.base, id)
	}
	first.kill()
	v := p.startBehindProxies(func(redis, _ *faultproxy.Proxy, v *victim) { redis.On(faultproxy.Client, `"state":"done"`, v.die) })
	delivered := accept(t, p.base, small)
	v.wait(t)
	manifest := func(data string) []byte {
		b, err := os.ReadFile(filepath.Join(data, "store", "mosaics", delivered, "manifest.json"))
		if err != nil {
			t.Error(err)
		}
		return b
	}
	before := manifest(p.data)
	code, answer := postParts(t, p.base, append([]part{plainField("source", "upload"), plainField("size", "postcard"),
		{"target", "me.png", picture(t, 60, 80, color.NRGBA{200, 120, 40, 255})}}, photos(t, 6)...)...)
	if code != http.StatusAccepted {
		t.Fatalf("POST: %d %v", code, answer)
	}
	own := answer["id"].(string)
	waiting := []string{own, accept(t, p.base, small), accept(t, p.base, small)}

	// People go on asking while it is copied. Whether these are in the backup is chance.
	stop, asked := make(chan struct{}), make(chan []string)
	go func() {
		var ids []string
		defer func() { asked <- ids }()
		for len(ids) < 8 {
			select {
			case <-stop:
				return
			default:
				if code, v, _ := ask(t, p.base, small); code == http.StatusAccepted {
					ids = append(ids, v["id"].(string))
				}
			}
		}
	}()
	out, err := backup(t, env, "run")
	close(stop)
	late := <-asked
	if err != nil || !strings.Contains(out, "is complete") {
		t.Fatalf("%v\n%s", err, out)
	}
	generation := mustBackup(t, env, "list")

	p.web.kill()
	p.redis.Kill()
	if err := os.RemoveAll(p.data); err != nil {
		t.Fatal(err)
	}
	redisDir, data := t.TempDir(), t.TempDir()
	mustBackup(t, env, "restore", generation, redisDir, data)
	p.redis, p.data, p.ftp = redistest.Start(t, "dir "+redisDir), data, ""
	p.client = redisClient(t, p.redis)
	p.startWeb(p.redis.Addr)
	second := p.helper()

	for id, want := range finished {
		if got := mosaic(p.base, id); !bytes.Equal(got, want) {
			t.Errorf("finished mosaic %s: %d bytes of %d, or others", id, len(got), len(want))
		}
		if s := expectDone(t, p.base, id, soon); s["state"] != "done" {
			t.Errorf("finished mosaic %s: %v", id, s)
		}
	}
	for _, id := range append(slices.Clone(waiting), delivered) {
		expectDone(t, p.base, id, soon)
		mosaic(p.base, id)
	}
	if plan := readPlan(t, p.base, own); len(plan.Friends) != 6 || len(plan.Missing) != 0 {
		t.Errorf("of the photos that people gave: friends %+v, missing %+v", plan.Friends, plan.Missing)
	}
	kept := 0
	for _, id := range late {
		if code, _, _ := get(t, p.base+"/api/v1/mosaics/"+id); code == http.StatusOK {
			expectDone(t, p.base, id, soon)
			p.outcome(id)
			kept++
		}
	}
	t.Logf("of %d that were asked for meanwhile, %d are in the backup", len(late), kept)
	for _, id := range append(slices.Clone(waiting), delivered) {
		p.outcome(id)
	}
	second.kill() // and all that it said is here
	if got := manifest(p.data); !bytes.Equal(got, before) {
		t.Errorf("what had been delivered was delivered again:\n%s\n%s", before, got)
	}
	for _, id := range waiting {
		if n := count(second, "job done", id); n != 1 {
			t.Errorf("%s was made %d times", id, n)
		}
	}
	for id := range finished {
		if n := count(second, "job started", id); n != 0 {
			t.Errorf("%s was finished, and was begun again", id)
		}
	}
	if n, want := count(second, "job done", ""), len(waiting)+1+kept; n != want {
		t.Errorf("%d jobs were done, want %d", n, want)
	}
}

// A mosaic is finished, and its photos are deleted, after Redis was copied and before the store is: where
// it is restored, Redis still has it waiting, and it is found finished. In the other order it would be
// called finished and be nowhere.
func TestBackupOfWhatIsFinishedMeanwhile(t *testing.T) {
	t.Parallel()
	needBackup(t)
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	code, answer := postParts(t, p.base, append([]part{plainField("source", "upload"), plainField("size", "postcard"),
		{"target", "me.png", picture(t, 60, 80, color.NRGBA{200, 120, 40, 255})}}, photos(t, 6)...)...)
	if code != http.StatusAccepted {
		t.Fatalf("POST: %d %v", code, answer)
	}
	id := answer["id"].(string)

	// What looks at the copy of Redis waits until the test has gone on.
	between := t.TempDir()
	check := filepath.Join(between, "redis-check-rdb")
	writeFiles(t, map[string]string{check: "#!/bin/sh\ntouch " + between + "/copied\nwhile [ ! -e " + between + "/finished ]; do sleep 0.1; done\n" +
		"exec " + testenv.Program(t, "redis-check-rdb") + " \"$@\"\n"})
	if err := os.Chmod(check, 0o700); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"SMALTI_BACKUP_TO=" + t.TempDir(), "SMALTI_BACKUP_REDIS=" + p.redis.URL(), "PATH=" + between + ":" + os.Getenv("PATH"),
		"SMALTI_REDIS_PASSWORD_FILE=" + p.redisSecret, "SMALTI_BACKUP_DATA=" + p.data,
	}
	ended := make(chan error, 1)
	go func() {
		out, err := backup(t, env, "run")
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		ended <- err
	}()
	testenv.WaitFor(t, "Redis to be copied", func() bool { _, err := os.Stat(filepath.Join(between, "copied")); return err == nil })
	first := p.helper()
	p.done(id, 1)
	testenv.WaitFor(t, "the photos to be deleted", func() bool {
		left, err := os.ReadDir(filepath.Join(p.data, "store", "uploads"))
		return err == nil && len(left) == 0
	})
	first.kill()
	_, poster, _ := get(t, p.base+"/files/"+id+"/poster.jpg")
	writeFiles(t, map[string]string{filepath.Join(between, "finished"): ""})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}

	p.web.kill()
	p.redis.Kill()
	redisDir, data := t.TempDir(), t.TempDir()
	mustBackup(t, env, "restore", mustBackup(t, env, "list"), redisDir, data)
	p.redis, p.data, p.ftp = redistest.Start(t, "dir "+redisDir), data, ""
	p.client = redisClient(t, p.redis)
	if done := p.client.Exists(t.Context(), "{smalti}:done:"+id).Val(); done != 0 {
		t.Error("Redis was copied too late for this test")
	}
	p.startWeb(p.redis.Addr)
	p.helper()
	p.done(id, 1)
	if _, again, _ := get(t, p.base+"/files/"+id+"/poster.jpg"); !bytes.Equal(again, poster) {
		t.Errorf("the poster is another: %d bytes of %d", len(again), len(poster))
	}
}

// By SSH it is the same; here what stands for SSH runs its command on this machine.
func TestBackupGenerations(t *testing.T) {
	t.Parallel()
	needBackup(t)
	for _, name := range []string{"directory", "ssh"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there, data, metrics := filepath.Join(t.TempDir(), "a place"), t.TempDir(), filepath.Join(t.TempDir(), "smalti.prom")
			poster := filepath.Join(data, "store", "mosaics", "A", "poster.jpg")
			writeFiles(t, map[string]string{
				poster: "a poster", filepath.Join(data, "journal", "open", "B.json"): "{}",
				filepath.Join(data, "store", "uploads", "C", "0001"): "a face", filepath.Join(data, "store", "incoming", "D", "x"): "half",
			})
			env := []string{"SMALTI_BACKUP_TO=" + there, "SMALTI_BACKUP_DATA=" + data, "SMALTI_BACKUP_KEEP=2", "SMALTI_BACKUP_METRICS=" + metrics}
			if name == "ssh" {
				stub := filepath.Join(t.TempDir(), "ssh")
				writeFiles(t, map[string]string{stub: "#!/bin/sh\n[ \"$1\" = elsewhere ] || exit 9\nshift\nexec sh -c \"$*\"\n"})
				if err := os.Chmod(stub, 0o700); err != nil {
					t.Fatal(err)
				}
				env = append(env, "SMALTI_BACKUP_TO=elsewhere:"+there, "SMALTI_BACKUP_SSH="+stub)
			}
			var names []string
			for range 3 {
				// A second is the shortest that two generations can be apart.
				testenv.WaitFor(t, "the next generation", func() bool {
					out, err := backup(t, env, "run")
					if err != nil && !strings.Contains(out, "try again in a second") {
						t.Fatalf("%v\n%s", err, out)
					}
					return err == nil
				})
				names = append(names, lastLine(mustBackup(t, env, "list")))
			}
			if got := mustBackup(t, env, "list"); got != names[1]+"\n"+names[2] {
				t.Errorf("kept:\n%s\nof %v", got, names)
			}
			a, err := os.Stat(filepath.Join(there, names[1], "store", "mosaics", "A", "poster.jpg"))
			b, err2 := os.Stat(filepath.Join(there, names[2], "store", "mosaics", "A", "poster.jpg"))
			if err != nil || err2 != nil || !os.SameFile(a, b) {
				t.Errorf("an unchanged file was copied again: %v, %v", err, err2)
			}
			if _, err := os.Stat(filepath.Join(there, names[2], "store", "incoming")); err == nil {
				t.Error("what was being delivered was copied")
			}
			text, err := os.ReadFile(metrics)
			if err != nil || !bytes.Contains(text, []byte("\nsmalti_backup_files 3\n")) {
				t.Errorf("metrics: %v\n%s", err, text)
			}

			redisDir, to := t.TempDir(), filepath.Join(t.TempDir(), "new")
			mustBackup(t, env, "restore", names[2], redisDir, to)
			if got, err := os.ReadFile(filepath.Join(to, "store", "uploads", "C", "0001")); string(got) != "a face" {
				t.Errorf("restored: %q, %v", got, err)
			}
			if out, err := backup(t, env, "restore", names[2], redisDir, to); err == nil || !strings.Contains(out, "is not empty") {
				t.Errorf("into a directory with something in it: %v\n%s", err, out)
			}

			writeFiles(t, map[string]string{filepath.Join(there, names[2], "store", "mosaics", "A", "poster.jpg"): "A poster"})
			if out, err := backup(t, env, "verify"); err == nil || !strings.Contains(out, "poster.jpg: FAILED") {
				t.Errorf("a byte changed: %v\n%s", err, out)
			}
			to = filepath.Join(t.TempDir(), "other")
			if out, err := backup(t, env, "restore", names[2], redisDir, to); err == nil || !strings.Contains(out, "is damaged") {
				t.Errorf("a byte changed: %v\n%s", err, out)
			}
			if _, err := os.Stat(filepath.Join(to, "store")); err == nil {
				t.Error("it was restored nevertheless")
			}
		})
	}
}

// A backup that cannot be made says why, leaves nothing that looks like one, and is not reported as one.
func TestBackupThatFails(t *testing.T) {
	t.Parallel()
	needBackup(t)
	server := redistest.Start(t)
	there, data, metrics := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "smalti.prom")
	writeFiles(t, map[string]string{filepath.Join(data, "journal", "open", "B.json"): "{}"})
	good := []string{
		"SMALTI_BACKUP_TO=" + there, "SMALTI_BACKUP_DATA=" + data, "SMALTI_BACKUP_METRICS=" + metrics,
		"SMALTI_BACKUP_REDIS=" + server.URL(), "SMALTI_REDIS_PASSWORD_FILE=" + writeSecret(t, server.Password),
	}
	stub := filepath.Join(t.TempDir(), "ssh")
	writeFiles(t, map[string]string{stub: "#!/bin/sh\necho \"$1: no route\" >&2\nexit 255\n"})
	if err := os.Chmod(stub, 0o700); err != nil {
		t.Fatal(err)
	}
	good = append(good, "SMALTI_BACKUP_SSH="+stub)
	for name, tc := range map[string]struct{ env, says string }{
		"no place":           {"SMALTI_BACKUP_TO=", "SMALTI_BACKUP_TO"},
		"a file as place":    {"SMALTI_BACKUP_TO=" + writeSecret(t, ""), "File exists"},
		"a host that is not": {"SMALTI_BACKUP_TO=elsewhere:/srv", "elsewhere: no route"},
		"wrong password":     {"SMALTI_REDIS_PASSWORD_FILE=" + writeSecret(t, "wrong from the start"), "copying Redis"},
		"no Redis":           {"SMALTI_BACKUP_REDIS=redis://" + freeAddr(t), "copying Redis"},
		"no data":            {"SMALTI_BACKUP_DATA=" + filepath.Join(data, "none"), "none"},
		"keep none":          {"SMALTI_BACKUP_KEEP=0", "SMALTI_BACKUP_KEEP"},
		"no metrics":         {"SMALTI_BACKUP_METRICS=/nowhere/smalti.prom", "/nowhere/smalti.prom"},
	} {
		if out, err := backup(t, append(slices.Clone(good), tc.env), "run"); err == nil || !strings.Contains(out, tc.says) {
			t.Errorf("%s: %v, want something about %q\n%s", name, err, tc.says, out)
		}
	}
	entries, err := os.ReadDir(there)
	if err != nil || len(entries) > 0 {
		t.Errorf("left there: %v, %v", entries, err)
	}
	if _, err := os.Stat(metrics); err == nil {
		t.Error("a backup was reported")
	}
	if err := os.Mkdir(filepath.Join(there, "running"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := backup(t, good, "run"); err == nil || !strings.Contains(out, "another backup") {
		t.Errorf("two at once: %v\n%s", err, out)
	}
	// What a power cut leaves is in nobody's way for long.
	old := time.Now().Add(-13 * time.Hour)
	if err := os.Chtimes(filepath.Join(there, "running"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(there, "20260101T000000Z.partial"), 0o700); err != nil {
		t.Fatal(err)
	}
	mustBackup(t, good, "run")
	if entries, err = os.ReadDir(there); err != nil || len(entries) != 1 || strings.Contains(entries[0].Name(), "partial") {
		t.Errorf("left there: %v, %v", entries, err)
	}
}

func writeFiles(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func lastLine(s string) string { return s[strings.LastIndex(s, "\n")+1:] }
