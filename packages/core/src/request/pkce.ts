// Proof Key for Code Exchange (RFC 7636): S256, and nothing weaker.

import { hash } from 'node:crypto';

/** RFC 7636 §4.2: what base64url makes of a SHA-256. */
export const isCodeChallenge = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** RFC 7636 §4.1: code-verifier = 43*128unreserved. */
export const isCodeVerifier = (text: string): boolean => /^[A-Za-z0-9._~-]{43,128}$/.test(text);

export const challengeOf = (verifier: string): string => hash('sha256', verifier, 'base64url');
