// The pages of the `login` room: data in, a whole HTML document out.

export { accountPage } from './account.ts';
export type { Account } from './account-data.ts';
export { type Consent, consentPage } from './consent.ts';
export { errorPage } from './error.ts';
export { formPostPage } from './form-post.ts';
export { icon } from './icon.ts';
export type { PageContext } from './layout.ts';
export type { Problem } from './parts.ts';
export { recoveryCodesPage } from './recovery-codes.ts';
export { pageScript, passkeyScript } from './scripts.ts';
export { selectAccountPage } from './select-account.ts';
export { type SignIn, signInPage } from './sign-in.ts';
export { signedOutPage, signOutPage } from './sign-out.ts';
export { isLanguage, type Language } from './strings/index.ts';
export { stylesheet } from './style.ts';
export { codePage, totpSetupPage } from './totp.ts';
