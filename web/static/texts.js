// The texts of this page, which the server put into it in the page's language.
const texts = JSON.parse(document.getElementById('texts').textContent);

const lang = document.documentElement.lang;
const plural = new Intl.PluralRules(lang);
const number = new Intl.NumberFormat(lang);

// say fills the placeholders of a text; {n} chooses between its plural forms.
export function say(key, values = {}) {
  const special = 'n' in values ? texts[`${key}.${plural.select(values.n)}`] : undefined;
  return (special ?? texts[key]).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === 'number' ? number.format(value) : value;
  });
}

// date formats as the server does: its English is British.
export const date = (when) => new Date(when).toLocaleDateString(lang === 'en' ? 'en-GB' : lang, { dateStyle: 'long' });
