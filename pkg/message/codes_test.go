package message

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A use is a place in the program where a message is made.
type use struct {
	at     token.Position
	code   string
	prefix bool     // the code goes on with what is known only at run time
	args   []string // their names, sorted
}

// usesOfMessages reads the whole program for calls of New, and of the helpers of package job that pass on
// a code and arguments.
func usesOfMessages(t *testing.T) (uses []use) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			args, ok := argumentsOfMessage(f.Name.Name, call)
			if ok {
				uses = append(uses, readUse(t, files, call, args))
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return uses
}

// argumentsOfMessage are the code, names and values in a call that makes a message.
func argumentsOfMessage(pkg string, call *ast.CallExpr) ([]ast.Expr, bool) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || call.Ellipsis.IsValid() { // a helper's own body
		return nil, false
	}
	if x, ok := selector.X.(*ast.Ident); ok && x.Name == "message" && selector.Sel.Name == "New" {
		return call.Args, true
	}
	if pkg == "job" && selector.Sel.Name == "add" {
		return call.Args[1:], true
	}
	return nil, false
}

func readUse(t *testing.T, files *token.FileSet, call *ast.CallExpr, args []ast.Expr) use {
	u := use{at: files.Position(call.Pos())}
	code := args[0]
	if sum, ok := code.(*ast.BinaryExpr); ok {
		code, u.prefix = sum.X, true
	}
	u.code = literal(code)
	for i := 1; i < len(args); i += 2 {
		u.args = append(u.args, literal(args[i]))
	}
	if u.code == "" || slices.Contains(u.args, "") || len(args)%2 == 0 {
		t.Errorf("%s: the code and the names of a message must be literals, and each name needs a value", u.at)
	}
	slices.Sort(u.args)
	return u
}

func literal(e ast.Expr) string {
	l, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, _ := strconv.Unquote(l.Value)
	return s
}

// namesIn are the names of a text's arguments. The argument n may choose a form only.
func namesIn(text forms) []string {
	names := map[string]bool{}
	for _, form := range text {
		for _, p := range placeholder.FindAllStringSubmatch(form, -1) {
			names[p[1]] = true
		}
	}
	if len(text) > 1 {
		names["n"] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func TestCodeAndCataloguesAgree(t *testing.T) {
	uses := usesOfMessages(t)
	if len(uses) < 150 {
		t.Fatalf("only %d uses were found: does the test still know how messages are made?", len(uses))
	}
	used := map[string]bool{}
	for _, u := range uses {
		found := false
		for code, text := range English.file.Messages {
			if code != u.code && (!u.prefix || !strings.HasPrefix(code, u.code)) {
				continue
			}
			found, used[code] = true, true
			if want := namesIn(text); !slices.Equal(u.args, want) {
				t.Errorf("%s: %q is given %v, and the catalogue has %v", u.at, code, u.args, want)
			}
		}
		if !found {
			t.Errorf("%s: %q is in no catalogue", u.at, u.code)
		}
	}
	for code := range English.file.Messages {
		if !used[code] {
			t.Errorf("nobody says %q", code)
		}
	}
}
