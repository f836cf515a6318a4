/** What stands between the last separator and the extension, as bundlers write it. */
const stamp = /[.\-_]([\w-]{8,64})(?:\.\w+)+$/u;
const hexadecimal = /^[\da-f]+$/u;

/**
 * Whether a file name carries a hash of the content, so that it never means anything else: `app-BxT3k9Qz.js`,
 * `main.4f3a2b1c.css`. Words and dates are told apart from hashes; in doubt it is none, which only costs the
 * client a question.
 */
export function hasContentHash(name: string): boolean {
  const text = stamp.exec(name)?.[1];
  if (text === undefined) return false;
  if (hexadecimal.test(text)) return /\d/u.test(text) && /[a-f]/u.test(text);
  return [/\d/u, /[A-Z]/u, /[a-z]/u].every((kind) => kind.test(text));
}
