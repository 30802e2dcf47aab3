// Passwords that are tried first (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0 6.2.4): a list of thousands, and what people
// make of its words to please a rule.

/** What stands there in place of letters, most often. */
const substitutes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '€': 'e',
  '|': 'l',
  '+': 't',
};
/** A year, a counter, an exclamation mark: up to six characters that are no letters, behind a word or before it. */
const behind = /[^\p{L}]{1,6}$/u;
const before = /^[^\p{L}]{1,6}/u;

/** What a password is a variation of: each form of it that a list of words may hold. */
function wordsOf(folded: string): readonly string[] {
  const word = folded.replace(behind, '');
  const forms = [folded, word, word.replace(before, '')];
  const spelled = forms.flatMap((form) => [
    form,
    [...form].map((sign) => substitutes[sign] ?? sign).join(''),
  ]);
  return spelled.flatMap((form) => [form, form.replace(behind, ''), form.replaceAll('i', 'l'), once(form)]);
}

/** What a text is made of that says the same again and again. */
const once = (text: string): string => /^(.+?)\1+$/u.exec(text)?.[1] ?? text;

const sequences = ['abcdefghijklmnopqrstuvwxyz', '012345678901234567890'];
const rows = [...sequences, ...sequences.map((row) => [...row].reverse().join(''))];

/** A few characters again and again, or an alphabet: the list leaves them out, since there is no end to them. */
const isPattern = (folded: string): boolean =>
  once(folded).length <= 3 || rows.some((row) => row.includes(folded));

/** Words of languages and keyboards that the list lacks. */
const further = 'footballer geheimnis kennwort passwort qwertz qwertzui qwertzuiop willkommen';

/** Case, and how it was typed, do not make a password less common. */
const foldPassword = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

let loaded: Promise<ReadonlySet<string>> | undefined;

/** Read when the first password is chosen: nobody else needs the list. */
async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set([...dictionary['passwords-common'], ...further.split(' ')]);
}

/** Whether a password is on the list, or a variation of what is. */
export async function isCommon(password: string): Promise<boolean> {
  loaded ??= load();
  const list = await loaded;
  const folded = foldPassword(password);
  return isPattern(folded) || wordsOf(folded).some((word) => list.has(word));
}

/** Whether a password is the login, or the name in an address that is the login, or a variation of one. */
export function isVariationOf(password: string, login: string): boolean {
  const name = foldPassword(login);
  const own = [name, name.replace(/@.*/, '')].filter((text) => text.length >= 3);
  return wordsOf(foldPassword(password)).some((word) => own.includes(word));
}
