package friends

import (
	"context"

	"smalti/pkg/job"
)

// All gathers a whole list, page by page, up to most friends. A source whose cursor repeats ends
// there, and does not go round for ever.
func All(ctx context.Context, s Source, handle string, most int) ([]job.Friend, error) {
	var all []job.Friend
	seen := map[string]bool{}
	for cursor := ""; !seen[cursor]; {
		seen[cursor] = true
		page, err := s.List(ctx, handle, cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Friends...)
		if cursor = page.Next; cursor == "" || len(all) >= most {
			break
		}
	}
	return all[:min(len(all), most)], nil
}

// NameOfFile makes a friend's name of the name of a photo's file; number is for a file without one.
func NameOfFile(filename string, number int) string { return nameFrom(filename, number) }
