// Guesses in which code page the names in a zip file are, by the same rules as the servers (pkg/friends, codepage.go).

// From 0x80 on. The letters of code page 437 are those of 850.
const page850 = 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\xad±‗¾¶§÷¸°¨·¹³²■\xa0';
const page852 = 'ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\xad˝˛ˇ˘§÷¸°¨˙űŘř■\xa0';

const fromTable = (table) => (bytes) => Array.from(bytes, (b) => (b < 0x80 ? String.fromCharCode(b) : table[b - 0x80])).join('');
const fromBrowser = (label) => (bytes) => new TextDecoder(label, { fatal: true }).decode(bytes);

const latin = /^(?!\p{Lo})\p{Script=Latin}$/u;
const eastAsian = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u3005\u30fb\u30fc\uff10-\uff5a]$/u;

// usual tells of two bytes whether they are a character that names usually have.
const pages = [
  { read: fromTable(page850), script: latin },
  { read: fromTable(page852), script: latin },
  { read: fromBrowser('ibm866'), script: /^\p{Script=Cyrillic}$/u },
  { read: fromBrowser('shift_jis'), script: eastAsian, usual: (a) => (a >= 0x81 && a <= 0x83) || (a >= 0x88 && a <= 0x97) },
  { read: fromBrowser('euc-kr'), script: eastAsian, usual: (a, b) => a >= 0xb0 && a <= 0xc8 && b >= 0xa1 },
  { read: fromBrowser('gbk'), script: eastAsian, usual: (a, b) => a >= 0xb0 && a <= 0xf7 && b >= 0xa1 },
  { read: fromBrowser('big5'), script: eastAsian, usual: (a) => a >= 0xa4 && a <= 0xc6 },
];
const [western, central, , , korean, chinese] = pages;

// decodeNames turns names that are no UTF-8 into text. They are taken to be in the code page in which most of them look
// like names. What cannot be decoded becomes U+FFFD.
export function decodeNames(names) {
  const page = likeliest(names);
  return names.map((bytes) => (page && decode(page, bytes)) ?? unreadable(bytes));
}

function unreadable(bytes) {
  return new TextDecoder().decode(bytes).replace(/\ufffd+/g, '\ufffd');
}

function likeliest(names) {
  let best, most = 0, tie = false;
  for (const page of pages) {
    const n = names.filter((bytes) => {
      const text = decode(page, bytes);
      return text !== undefined && (page.usual ? allUsual(bytes, page.usual) && !besideLowerCase(text) : looksRight(text));
    }).length;
    if (n > most) [best, most, tie] = [page, n, false];
    else if (n === most && best && !goesBefore(best, page, names)) tie = true;
  }
  return tie ? undefined : best;
}

// Western Europe goes before Central Europe; Korean before Chinese if there is enough of it.
function goesBefore(page, other, names) {
  const high = names.reduce((n, bytes) => n + bytes.filter((b) => b >= 0x80).length, 0);
  return (page === western && other === central) || (page === korean && other === chinese && high >= 12);
}

function decode(page, bytes) {
  try {
    const text = page.read(bytes);
    return [...text].every((c) => c < '\x80' || page.script.test(c)) ? text : undefined;
  } catch {
    return undefined;
  }
}

// looksRight reports whether somebody could have called a file so.
function looksRight(text) {
  let before = '', last = ''; // the two letters before c in its word
  for (const c of text) {
    if (!/\p{L}/u.test(c)) {
      [before, last] = ['', ''];
      continue;
    }
    const cyrillic = (letter) => /\p{Script=Cyrillic}/u.test(letter), upper = (letter) => /\p{Lu}/u.test(letter), lower = (letter) => /\p{Ll}/u.test(letter);
    if (last && cyrillic(c) !== cyrillic(last)) return false; // a word of two scripts
    if (c >= '\x80' && upper(c) && lower(last)) return false; // as in RenÚ
    if (c >= '\x80' && lower(c) && c !== 'ß' && upper(last) && upper(before)) return false; // as in BJôRN
    [before, last] = [last, c];
  }
  return true;
}

function allUsual(bytes, usual) {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] < 0x80) continue;
    if (i + 1 === bytes.length || !usual(bytes[i], bytes[i + 1])) return false;
    i++;
  }
  return true;
}

// besideLowerCase: then an East Asian character is more likely half of a Latin word.
const besideLowerCase = (text) => /[a-z][^\0-\x7f]|[^\0-\x7f][a-z]/u.test(text);
