// Text as it was meant: quotes, blanks and line breaks around a value are left over from an env file or a copied line.

/** Whether nothing of the kind stands around `text`, and no control character in it. */
export const isPlain = (text: string): boolean => !/^[\s"'`]|[\s"'`]$|\p{Cc}/u.test(text);

/** Whether `text` is a URL as it is: a parser of URLs drops line breaks, and blanks around it. */
export const isUrl = (text: string): boolean => isPlain(text) && URL.canParse(text);

/** A secret without the line break that an editor, a mounted file or `echo` leaves at its end. */
export const cleanSecret = (text: string): string => text.trim();
