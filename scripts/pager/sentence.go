package main

import "strings"

// maxSeptets is one SMS in the default alphabet (3GPP TS 23.038, 6.1.2.1).
const maxSeptets = 160

// The GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1) without line ends. Characters of the extension take two
// septets.
const (
	alphabet  = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extension = "^{}\\[~]|€"
)

var plain = strings.NewReplacer(
	"’", "'", "‘", "'", "`", "'", "“", `"`, "”", `"`, "„", `"`, "–", "-", "—", "-", "…", "...", "→", "->", "×", "x",
	"á", "a", "â", "a", "ã", "a", "ç", "c", "ê", "e", "ë", "e", "í", "i", "ó", "o", "ô", "o", "õ", "o", "ú", "u", "µ", "u",
)

// sentence is an alert in one SMS: at most 160 septets of the default alphabet, in one line.
func sentence(a alert) string {
	text := a.Annotations["summary"]
	if text == "" {
		text = a.Labels["alertname"]
		if at := a.Labels["instance"]; at != "" {
			text += " at " + at
		}
	}
	before := "Smalti: "
	if a.Status == "resolved" {
		before = "Smalti, over: "
	}
	return fit(gsm(before + text))
}

// gsm replaces characters that the alphabet lacks, and joins lines.
func gsm(s string) string {
	s = strings.Join(strings.Fields(plain.Replace(s)), " ")
	return strings.Map(func(r rune) rune {
		if septets(r) == 0 {
			return '?'
		}
		return r
	}, s)
}

func septets(r rune) int {
	switch {
	case strings.ContainsRune(alphabet, r):
		return 1
	case strings.ContainsRune(extension, r):
		return 2
	}
	return 0
}

// fit shortens a long text at a word.
func fit(s string) string {
	const more = "..."
	used, cut := 0, 0
	for i, r := range s {
		used += septets(r)
		if used <= maxSeptets-len(more) {
			cut = i + len(string(r))
		}
		if used > maxSeptets {
			s = s[:cut]
			if word := strings.LastIndexByte(s, ' '); word > len(s)/2 {
				s = s[:word]
			}
			return s + more
		}
	}
	return s
}
