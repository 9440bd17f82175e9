package main

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

// What the page's own modules work out, asked one by one.
func storyOfModules(t *testing.T, ctx context.Context, base string) {
	steps(t, ctx, look(1280, 900, "light"), chromedp.Navigate(base+"/?source=upload"), chromedp.WaitReady("#hero[data-ready]"))
	t.Run("crop", func(t *testing.T) { cropInABrowser(t, ctx) })
	t.Run("pace", func(t *testing.T) { paceInABrowser(t, ctx) })
}

// A picture of 400 x 200 pixels, left red, right transparent: what is cut out of it, and its colours in
// the middle of its left and right half.
func cropInABrowser(t *testing.T, ctx context.Context) {
	got := browsertest.Eval[[][]int](t, ctx, `(async () => {
		const { crop } = await import(document.getElementById('hero').dataset.folder + 'crop.js');
		const sheet = new OffscreenCanvas(400, 200), brush = sheet.getContext('2d');
		brush.fillStyle = '#f00';
		brush.fillRect(0, 0, 200, 200);
		const view = document.getElementById('crop-view'), it = crop(new EventTarget());
		await it.open(await sheet.convertToBlob());
		const press = (key, times) => { for (; times > 0; times--) view.dispatchEvent(new KeyboardEvent('keydown', { key })); };
		const all = [await it.part() === undefined ? [] : [0, 0]]; // the whole picture goes as it is
		async function look() {
			const part = await createImageBitmap(await it.part()), { width, height } = part;
			const flat = new OffscreenCanvas(width, height), pen = flat.getContext('2d');
			pen.drawImage(part, 0, 0);
			const green = (x) => Math.round(pen.getImageData(x, height / 2, 1, 1).data[1] / 255);
			all.push([width, height, green(width / 4), green(3 * width / 4)]);
		}
		const shape = document.querySelector('input[name=crop][value="1"]');
		shape.checked = true;
		shape.dispatchEvent(new Event('change'));
		await look();
		press('ArrowLeft', 40); // further than there is picture
		await look();
		press('+', 10); // half as wide
		press('ArrowRight', 80);
		await look();
		await it.open(undefined);
		all.push(await it.part() === undefined ? [] : [0, 0]);
		return all;
	})()`)
	want := [][]int{{}, {200, 200, 0, 1}, {200, 200, 0, 0}, {100, 100, 1, 1}, {}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("parts %v, want %v", got, want)
	}
}

// Seconds left, as estimated when so many were left at such a time; -1: it cannot be said yet.
func paceInABrowser(t *testing.T, ctx context.Context) {
	got := browsertest.Eval[[]float64](t, ctx, `(async () => {
		const { pace } = await import(document.getElementById('hero').dataset.folder + 'time-estimate.js');
		let now = 0;
		const estimate = pace(() => now);
		return [
			['fetch', 100, 0], ['fetch', 90, 1], ['fetch', 80, 2], ['fetch', 80, 3], ['fetch', 80, 60], // then it stands still
			['solve', 80, 61], ['solve', 40, 65], // another phase begins anew
			['solve', 70, 66], ['solve', 68, 67], ['solve', 60, 68], // and so does one that was begun again
			['solve', 0, 69],
		].map(([of, left, at]) => { now = 1000 * at; return estimate(of, left) ?? -1; });
	})()`)
	if want := []float64{-1, -1, 8, 7, 0, -1, 4, -1, -1, 12, 0}; !slices.Equal(got, want) {
		t.Errorf("estimates %v, want %v", got, want)
	}
}
