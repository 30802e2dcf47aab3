// Text that others send and we keep: whole characters, and none that nobody can see.

/** Halves of characters and NUL are no text to a database, and two spellings of one name are one name. */
export const isPlainText = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
