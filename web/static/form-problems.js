// What is wrong with the form: each sentence stands beside its field, and in a list at the top that leads there.

const at = (id) => document.getElementById(id);

// inputOf is what a field is changed with.
function inputOf(form, field) {
  const input = form.elements[field];
  return input instanceof RadioNodeList ? [...input].find(({ checked }) => checked) ?? input[0] : input;
}

// showProblems takes sentences by field, a line each; '' is the form itself. The first field gets the focus, or else the
// list.
export function showProblems(form, byField) {
  const list = [], fields = [];
  for (const element of form.querySelectorAll('.problem[id^=problem-]')) {
    element.textContent = '';
    element.hidden = true;
  }
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
  for (const [field, sentences] of Object.entries(byField)) {
    const place = field && at(`problem-${field}`), input = inputOf(form, field);
    const go = place && input && place.parentElement.checkVisibility() ? () => goTo(input, place) : undefined;
    list.push(...sentences.split('\n').map((sentence) => item(sentence, input?.id, go)));
    if (!go) continue;
    place.textContent = sentences;
    place.hidden = false;
    if (input.type !== 'radio') input.setAttribute('aria-invalid', 'true');
    fields.push({ place, go });
  }
  at('problem-list').replaceChildren(...list);
  at('problem').hidden = list.length === 0;
  const inOrder = (a, b) => (a.place.compareDocumentPosition(b.place) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
  if (fields.length) fields.sort(inOrder)[0].go();
  else if (list.length) goTo(at('problem'), at('problem'));
}

// goTo leads to an input, and shows what is wrong with it, wherever that is on a small screen.
function goTo(input, place) {
  input.focus({ preventScroll: true });
  place.scrollIntoView({ block: 'center' });
}

function item(sentence, id, go) {
  const li = document.createElement('li'), text = document.createElement(go ? 'a' : 'span');
  text.textContent = sentence;
  if (go) {
    text.href = `#${id}`;
    text.addEventListener('click', (event) => { event.preventDefault(); go(); });
  }
  li.append(text);
  return li;
}
