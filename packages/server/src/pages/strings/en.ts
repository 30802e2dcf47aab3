// English: the language of everybody whose own is not here. The other languages have the same keys, or do not compile.

import { type Html, html } from '../html.ts';

export const en = {
  // Every page
  problem_title: (title: string) => `Problem: ${title}`,
  or: 'or',
  continue: 'Continue',
  use_another_account: 'Use another account',
  back_to_app: 'Back to the app',
  to_account: 'Go to your account',
  support: 'Help',
  privacy: 'Privacy',
  terms: 'Terms',

  // Sign-in
  sign_in: 'Sign in',
  to_continue_to: (app: Html) => html`to continue to ${app}`,
  login: 'Email or user name',
  password: 'Password',
  password_show: 'Show',
  password_hide: 'Hide',
  forgot_password: 'Forgot your password?',
  passkey_sign_in: 'Sign in with a passkey',
  passkey_failed: 'The passkey did not work. Try again, or sign in another way.',
  sign_in_problems: {
    cancelled: (provider: string) => `You have not signed in with ${provider}. You can try again.`,
    refused: (provider: string) =>
      `Signing in with ${provider} did not work. It is not your fault: ${provider} did not answer as it should. Try again, or tell the people who run this service.`,
    unreachable: (provider: string) =>
      `Signing in with ${provider} did not work. It is not your fault: ${provider} does not answer right now. Try again in a moment.`,
    disabled: (_provider: string) =>
      'This account is disabled. Ask the people who run this service, or use another account.',
  },
  continue_with: (label: string) => `Continue with ${label}`,
  wrong_password: 'Wrong user name or password.',
  throttled: (wait: string | undefined) =>
    `Too many attempts. Try again ${wait === undefined ? 'in a while' : `in ${wait}`}.`,
  expired: 'This page was open for too long. Please try again.',

  // Code of an authenticator app (TOTP), or a recovery code
  enter_code: 'Enter your code',
  enter_code_intro: 'Open your authenticator app and enter the six digits that it shows.',
  code: 'Code',
  recovery_instead: 'Use a recovery code',
  recovery_code: 'Recovery code',
  recovery_hint: 'One of the codes that you kept when you set this up. Each works once.',
  wrong_recovery_code: 'This recovery code is not right, or it was used before.',
  wrong_code: 'This code is not right. Enter the newest one that your app shows.',
  confirm: 'Confirm',

  // Account chooser
  select_account: 'Choose an account',
  continue_as: (user: Html) => html`Continue as ${user}`,

  // Consent
  consent_title: 'Allow access',
  consent_heading: (app: Html, brand: Html | undefined) =>
    brand === undefined
      ? html`${app} wants to access your account`
      : html`${app} wants to access your ${brand} account`,
  signed_in_as: (user: Html) => html`Signed in as ${user}`,
  message_from: (app: Html) => html`Message from ${app}`,
  will_be_able_to: 'This app will be able to:',
  nothing_new: 'This app asks for nothing that you have not allowed already.',
  no_scopes: 'This app asks for no particular permissions.',
  already_allowed: (count: number) => `Already allowed (${count})`,
  sent_to: (host: Html) => html`After that you will be sent to ${host}.`,
  loopback_warning: (host: Html) =>
    html`This app runs on this computer (${host}). Allow access only if you have just started it yourself.`,
  revocable: 'You can take this back at any time in your account.',
  allow: 'Allow',
  deny: 'Deny',
  optional_scopes: 'You decide about these:',
  sensitive: 'Sensitive',
  scope_undescribed: (name: Html) => html`Use the permission ${name}`,
  app_site: 'Website',
  app_privacy: 'Privacy policy',
  app_terms: 'Terms of service',
  about_app: (app: string) => `More about ${app}`,
  scope_openid: 'Know who you are',
  scope_profile: 'See your name and profile',
  scope_email: 'See your email address',
  scope_address: 'See your postal address',
  scope_phone: 'See your phone number',
  scope_offline_access: 'Keep access while you are away',

  // Account
  language: 'Language',
  language_change: 'Change',
  account: 'Your account',
  sign_out: 'Sign out',
  connected_apps: 'Connected apps',
  connected_apps_intro: 'These apps have access to your account.',
  no_apps: 'No app has access to your account.',
  access_since: (date: Html) => html`Access since ${date}`,
  disconnect: 'Disconnect',
  sessions: 'Where you are signed in',
  sessions_intro: 'If you do not know one of these browsers, sign it out and change your password.',
  unknown_device: 'Unknown browser',
  this_browser: 'This browser',
  signed_in_on: (date: Html) => html`Signed in ${date}`,
  passkeys: 'Passkeys',
  passkeys_intro: 'Sign in with your fingerprint, your face or your device’s PIN instead of a password.',
  no_passkeys: 'You have no passkey yet.',
  added_on: (date: Html) => html`Added ${date}`,
  last_used_on: (date: Html) => html`Last used ${date}`,
  never_used: 'Never used',
  remove: 'Remove',
  passkey_name: 'Name of the new passkey',
  passkey_name_hint: 'For example the device that you are using now.',
  passkey_add: 'Add a passkey',
  passkey_add_failed: 'No passkey was made. Try again.',
  passkey_exists: 'This device already has a passkey for your account.',
  passkey_needs_script: 'Passkeys need JavaScript and a browser that knows them.',
  totp: 'Two-step sign-in',
  totp_intro: 'After your password we also ask for a code from your authenticator app.',
  on: 'On',
  off: 'Off',
  totp_start: 'Turn on',
  totp_stop: 'Turn off',
  recovery_codes_left: (count: number) =>
    count === 0
      ? 'No recovery codes are left. Turn this off and on again to get new ones.'
      : `${count} recovery ${count === 1 ? 'code' : 'codes'} left.`,
  password_current: 'Current password',
  password_new: 'New password',
  password_change: 'Change password',
  password_hint: (shortest: number) => `At least ${shortest} characters.`,
  wrong_current_password: 'The current password is not right.',
  password_objections: {
    too_short: (shortest: number) => `The new password needs at least ${shortest} characters.`,
    too_long: () => 'The new password is too long.',
    control_character: () => 'The new password has a character that cannot be used.',
    is_login: () => 'The new password must differ from your user name.',
    too_common: () => 'Everybody who guesses tries that password first. Choose another one.',
  },
  notices: {
    session_ended: 'That browser is signed out.',
    disconnected: 'The app is disconnected. It can no longer access your account.',
    passkey_added: 'Your passkey was added.',
    passkey_removed: 'The passkey was removed.',
    totp_on: 'Two-step sign-in is on.',
    totp_off: 'Two-step sign-in is off.',
    password_changed: 'Your password was changed.',
  },

  // Setting up two-step sign-in (TOTP)
  totp_setup: 'Set up two-step sign-in',
  totp_scan: 'Scan this picture with your authenticator app.',
  totp_qr: 'QR code for your authenticator app',
  totp_by_hand: 'Cannot scan it? Enter this key in the app:',
  totp_open: 'Open in an app on this device',
  totp_enter: 'Then enter the six digits that it shows.',
  recovery_codes: 'Keep your recovery codes',
  recovery_codes_intro:
    'With one of these codes you can sign in when you do not have your authenticator app. Each works once.',
  recovery_codes_once: 'They are shown only now. Keep them in a safe place.',
  recovery_codes_kept: 'I have kept them',
  copy: 'Copy',
  copied: 'Copied',
  download: 'Download',

  // Sign-out
  sign_out_title: 'Sign out?',
  sign_out_asked: (app: Html) => html`${app} asks to sign you out.`,
  stay_signed_in: 'Stay signed in',
  sign_in_again: 'Sign in again',
  signed_out: 'You are signed out',
  signed_out_text: 'You can close this page.',

  // Errors
  error_client_unknown: 'This app is not known here',
  error_client_unknown_text:
    'The link that you followed names an app that is not registered. Tell the people who make the app.',
  error_redirect_uri: 'This link is not safe to follow',
  error_redirect_uri_text:
    'The app asks to send you to an address that it has not registered, so we stop here. Tell the people who make the app.',
  error_redirect_uri_missing: 'The app did not say where to send you',
  error_redirect_uri_missing_text:
    'It must name one of its addresses, so we stop here. Tell the people who make the app.',
  error_not_found: 'There is nothing here',
  error_not_found_text: 'The address may be mistyped, or the page may be gone.',
  error_throttled: 'Too many requests',
  error_throttled_text: 'Wait a little, then try again.',
  error_client: 'This did not work',
  error_client_text: 'Go back to the app that you came from and start again.',
  error_server: 'Something went wrong',
  error_server_text: 'This is our fault, not yours. Try again in a moment.',
  error_details: 'Details',
  error_reference: 'Reference',

  // On the way back to the app
  form_post: 'One moment',
  form_post_text: 'You are being sent back to the app.',
};

export type Strings = typeof en;

/** The file of every other language adds its tag (`declare module`): the registry does not compile until it has them all. */
export interface Languages {
  readonly en: Strings;
}
