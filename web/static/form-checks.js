// What can be known to be wrong with the form before it is sent.
import { kindOf } from './file-kind.js';
import { say } from './texts.js';

const least = 2; // people of a mosaic
const tooFew = {
  handle: { none: 'check.handle.none', single: 'check.handle.single' },
  photos: { none: 'check.photos.none', single: 'check.photos.single' },
  links: { none: 'check.links.none', single: 'check.links.single' },
};

// problemsOf resolves to sentences by field. people is how many will be in the mosaic, undefined where that is not known.
export async function problemsOf(form, people, target) {
  const source = form.elements.source.value, field = { upload: 'photos', links: 'links' }[source] ?? 'handle';
  const problems = {};
  if (field === 'handle' && source !== 'demo' && !form.elements.handle.value.trim()) problems.handle = say('handle.needed');
  else if (people < least && source !== 'demo') problems[field] = say(tooFew[field][people ? 'single' : 'none']);
  const [file] = form.elements.target.files;
  if (file) Object.assign(problems, await problemOf(file, target, Number(form.dataset.maxBytes)));
  else if (field !== 'handle') problems.target = say('check.target');
  return problems;
}

// problemOf: what the browser can show is made small, so only other files can be too large.
async function problemOf(file, target, limit) {
  if (await kindOf(file) !== 'photo') return { target: say('refused.kind') };
  const { size } = await target.part() ?? file;
  if (size > limit) return { target: say('refused.large', { size: `${Math.ceil(size / 1e6)} MB`, limit: `${Math.ceil(limit / 1e6)} MB` }) };
  return {};
}
