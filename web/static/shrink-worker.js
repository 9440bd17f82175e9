// Makes photos small off the page's own thread.
import { shrink } from './shrink.js';

addEventListener('message', async ({ data: { file, most } }) => {
  try {
    postMessage(await shrink(file, most));
  } catch {
    postMessage(undefined);
  }
});
postMessage('ready');
