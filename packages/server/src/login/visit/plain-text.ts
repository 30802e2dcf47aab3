// Text that comes from outside and is stored: whole characters, and no control characters.

/** Databases refuse lone surrogates and NUL; control characters would make two ids that look the same. */
export const isPlainText = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
