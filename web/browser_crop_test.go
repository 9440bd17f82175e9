package main

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

// A picture of 400 x 200 pixels, left red, right transparent: the sizes of the cropped parts, and their
// colours in the middle of the left and the right half.
func storyOfCropping(t *testing.T, ctx context.Context, base string) {
	steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/?source=upload"), chromedp.WaitReady("#hero[data-ready]"))
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
