package journal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/message"
)

func pkg() *job.Package {
	return &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Target: job.Target{URL: "demo:0"},
		Friends: []job.Friend{{ID: "1", Photo: "demo:1"}, {ID: "2", Photo: "demo:2"}},
		Options: job.Defaults(), Priority: job.Interactive,
	}
}

func openJournal(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func TestAnAcceptedPackageOutlivesTheProcess(t *testing.T) {
	dir, p := t.TempDir(), pkg()
	j := openJournal(t, dir)
	for range 2 { // a double click
		if err := j.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()

	j = openJournal(t, dir)
	ids, err := j.Open()
	if err != nil || len(ids) != 1 || ids[0] != p.ID {
		t.Fatalf("Open() = %q, %v; want only %q", ids, err, p.ID)
	}
	got, err := j.Package(p.ID)
	if err != nil || got.Friends[1].Photo != "demo:2" {
		t.Fatalf("Package() = %+v, %v", got, err)
	}
	for range 2 {
		if err := j.Done(p.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Package(p.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Done: %v, want not exist", err)
	}
}

func TestAFailureIsRemembered(t *testing.T) {
	dir, p := t.TempDir(), pkg()
	j := openJournal(t, dir)
	want := job.Status{ID: p.ID, State: job.Failed, Failure: &job.Failure{Code: job.NoPhotos, Told: message.Told{Text: "No photos."}}}
	if err := errors.Join(j.Add(p), j.Failed(want)); err != nil {
		t.Fatal(err)
	}
	if ids, _ := j.Open(); len(ids) != 0 {
		t.Errorf("still open: %q", ids)
	}
	got, err := j.Failure(p.ID)
	if err != nil || got.State != job.Failed || !reflect.DeepEqual(got.Failure, want.Failure) {
		t.Errorf("Failure() = %+v, %v", got, err)
	}
	if n, err := j.Clean(time.Hour, time.Now()); n != 0 || err != nil {
		t.Errorf("a fresh failure was cleaned: %d, %v", n, err)
	}
	if n, err := j.Clean(time.Hour, time.Now().Add(2*time.Hour)); n != 1 || err != nil {
		t.Errorf("an old failure was not cleaned: %d, %v", n, err)
	}
}

func TestLeftoversOfACrashAreNoPackages(t *testing.T) {
	dir, p := t.TempDir(), pkg()
	j := openJournal(t, dir)
	if err := j.Add(p); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(dir, "open", p.ID+".x.tmp")
	if err := os.WriteFile(temp, []byte(`{"v":1`), 0o600); err != nil {
		t.Fatal(err)
	}
	if ids, _ := j.Open(); len(ids) != 1 {
		t.Errorf("Open() = %q", ids)
	}
	if n, err := j.Clean(time.Hour, time.Now().Add(2*time.Hour)); n != 1 || err != nil {
		t.Errorf("Clean() = %d, %v; want the leftover gone", n, err)
	}
	if _, err := j.Package(p.ID); err != nil {
		t.Errorf("Clean took an open package: %v", err)
	}
}

func TestTwoProcessesDoNotShareIt(t *testing.T) {
	dir := t.TempDir()
	openJournal(t, dir)
	if _, err := journal.Open(dir); !errors.Is(err, journal.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
}

func TestADiskThatCannotBeWrittenIsAnError(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "open")); err != nil {
		t.Fatal(err)
	}
	if err := j.Add(pkg()); err == nil {
		t.Error("Add without a directory to write to returned nil")
	}
}

func TestNamesThatAreNoIDs(t *testing.T) {
	j := openJournal(t, t.TempDir())
	if _, err := j.Package("../lock"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Package: %v", err)
	}
	if err := j.Add(&job.Package{ID: "../lock"}); err == nil {
		t.Error("Add took ../lock for an id")
	}
}
