// Resource URIs that are the same though they are spelt in other ways (RFC 3986 §6.2.2, §6.2.3). The server that puts a
// resource into tokens has the same answers (test/house/same-answers.test.ts).

// What a URL parser repairs (blanks, backslashes, missing slashes) is no URI, and the same as nothing but itself.
const uri = /^[a-z][a-z0-9+.-]*:\/\/[^/\\?#][!-~]*$/i;

/** One spelling of a URI: case of scheme and host, default port, empty path, dot segments, escapes of what needs none. */
export function canonicalUri(text: string): string {
  if (!uri.test(text) || text.includes('\\') || !URL.canParse(text)) return text;
  return new URL(text).href.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /^[A-Za-z0-9._~-]$/.test(character) ? character : escaped.toUpperCase();
  });
}
