// German.

import { html } from '../html.ts';
import type { Strings } from './en.ts';

declare module './en.ts' {
  interface Languages {
    readonly de: Strings;
  }
}

export const de = {
  // Every page
  problem_title: (title) => `Problem: ${title}`,
  or: 'oder',
  continue: 'Weiter',
  use_another_account: 'Anderes Konto verwenden',
  back_to_app: 'Zurück zur App',
  to_account: 'Zu Ihrem Konto',
  support: 'Hilfe',
  privacy: 'Datenschutz',
  terms: 'Nutzungsbedingungen',

  // Sign-in
  sign_in: 'Anmelden',
  to_continue_to: (app) => html`um mit ${app} fortzufahren`,
  login: 'E-Mail-Adresse oder Benutzername',
  password: 'Passwort',
  password_show: 'Anzeigen',
  password_hide: 'Verbergen',
  forgot_password: 'Passwort vergessen?',
  passkey_sign_in: 'Mit Passkey anmelden',
  passkey_failed:
    'Der Passkey hat nicht funktioniert. Versuchen Sie es noch einmal oder melden Sie sich anders an.',
  sign_in_problems: {
    cancelled: (provider) =>
      `Sie haben sich nicht mit ${provider} angemeldet. Sie können es noch einmal versuchen.`,
    refused: (provider) =>
      `Die Anmeldung mit ${provider} hat nicht funktioniert. Das liegt nicht an Ihnen: ${provider} hat nicht wie vorgesehen geantwortet. Versuchen Sie es noch einmal, oder sagen Sie es den Betreibern dieses Dienstes.`,
    unreachable: (provider) =>
      `Die Anmeldung mit ${provider} hat nicht funktioniert. Das liegt nicht an Ihnen: ${provider} antwortet gerade nicht. Versuchen Sie es gleich noch einmal.`,
    disabled: () =>
      'Dieses Konto ist gesperrt. Wenden Sie sich an die Betreiber dieses Dienstes, oder verwenden Sie ein anderes Konto.',
  },
  continue_with: (label) => `Weiter mit ${label}`,
  wrong_password: 'Benutzername oder Passwort ist falsch.',
  throttled: (wait) =>
    `Zu viele Versuche. Versuchen Sie es ${wait === undefined ? 'später' : `in ${wait}`} noch einmal.`,
  expired: 'Diese Seite war zu lange offen. Bitte versuchen Sie es noch einmal.',

  // Code of an authenticator app (TOTP), or a recovery code
  enter_code: 'Code eingeben',
  enter_code_intro: 'Öffnen Sie Ihre Authenticator-App und geben Sie die sechs Ziffern ein, die sie anzeigt.',
  code: 'Code',
  recovery_instead: 'Wiederherstellungscode verwenden',
  recovery_code: 'Wiederherstellungscode',
  recovery_hint: 'Einer der Codes, die Sie beim Einrichten aufbewahrt haben. Jeder gilt einmal.',
  wrong_recovery_code: 'Dieser Wiederherstellungscode stimmt nicht oder wurde schon benutzt.',
  wrong_code: 'Dieser Code stimmt nicht. Geben Sie den neuesten ein, den Ihre App anzeigt.',
  confirm: 'Bestätigen',

  // Account chooser
  select_account: 'Konto wählen',
  continue_as: (user) => html`Weiter als ${user}`,

  // Consent
  consent_title: 'Zugriff erlauben',
  consent_heading: (app, brand) =>
    brand === undefined
      ? html`${app} möchte auf Ihr Konto zugreifen`
      : html`${app} möchte auf Ihr Konto bei ${brand} zugreifen`,
  signed_in_as: (user) => html`Angemeldet als ${user}`,
  message_from: (app) => html`Nachricht von ${app}`,
  will_be_able_to: 'Diese App kann dann:',
  nothing_new: 'Diese App verlangt nichts, was Sie nicht schon erlaubt haben.',
  no_scopes: 'Diese App verlangt keine besonderen Berechtigungen.',
  already_allowed: (count) => `Schon erlaubt (${count})`,
  sent_to: (host) => html`Danach geht es weiter zu ${host}.`,
  loopback_warning: (host) =>
    html`Diese App läuft auf diesem Computer (${host}). Erlauben Sie den Zugriff nur, wenn Sie sie gerade selbst gestartet haben.`,
  revocable: 'Sie können das jederzeit in Ihrem Konto zurücknehmen.',
  allow: 'Erlauben',
  deny: 'Ablehnen',
  optional_scopes: 'Darüber entscheiden Sie:',
  sensitive: 'Vertraulich',
  scope_undescribed: (name) => html`Die Berechtigung ${name} nutzen`,
  app_site: 'Website',
  app_privacy: 'Datenschutzerklärung',
  app_terms: 'Nutzungsbedingungen',
  about_app: (app) => `Mehr über ${app}`,
  scope_openid: 'Wissen, wer Sie sind',
  scope_profile: 'Ihren Namen und Ihr Profil sehen',
  scope_email: 'Ihre E-Mail-Adresse sehen',
  scope_address: 'Ihre Postanschrift sehen',
  scope_phone: 'Ihre Telefonnummer sehen',
  scope_offline_access: 'Zugriff behalten, auch wenn Sie nicht da sind',

  // Account
  language: 'Sprache',
  language_change: 'Ändern',
  account: 'Ihr Konto',
  sign_out: 'Abmelden',
  connected_apps: 'Verbundene Apps',
  connected_apps_intro: 'Diese Apps haben Zugriff auf Ihr Konto.',
  no_apps: 'Keine App hat Zugriff auf Ihr Konto.',
  access_since: (date) => html`Zugriff seit ${date}`,
  disconnect: 'Trennen',
  sessions: 'Wo Sie angemeldet sind',
  sessions_intro: 'Kennen Sie einen dieser Browser nicht, melden Sie ihn ab und ändern Sie Ihr Passwort.',
  unknown_device: 'Unbekannter Browser',
  this_browser: 'Dieser Browser',
  signed_in_on: (date) => html`Angemeldet am ${date}`,
  passkeys: 'Passkeys',
  passkeys_intro: 'Melden Sie sich mit Fingerabdruck, Gesicht oder Geräte-PIN statt mit einem Passwort an.',
  no_passkeys: 'Sie haben noch keinen Passkey.',
  added_on: (date) => html`Hinzugefügt am ${date}`,
  last_used_on: (date) => html`Zuletzt verwendet am ${date}`,
  never_used: 'Noch nie verwendet',
  remove: 'Entfernen',
  passkey_name: 'Name des neuen Passkeys',
  passkey_name_hint: 'Zum Beispiel das Gerät, das Sie gerade verwenden.',
  passkey_add: 'Passkey hinzufügen',
  passkey_add_failed: 'Es wurde kein Passkey angelegt. Versuchen Sie es noch einmal.',
  passkey_exists: 'Dieses Gerät hat schon einen Passkey für Ihr Konto.',
  passkey_needs_script: 'Passkeys brauchen JavaScript und einen Browser, der sie kennt.',
  totp: 'Anmeldung in zwei Schritten',
  totp_intro: 'Nach dem Passwort fragen wir auch nach einem Code aus Ihrer Authenticator-App.',
  on: 'Ein',
  off: 'Aus',
  totp_start: 'Einschalten',
  totp_stop: 'Ausschalten',
  recovery_codes_left: (count) =>
    count === 0
      ? 'Es sind keine Wiederherstellungscodes übrig. Schalten Sie dies aus und wieder ein, um neue zu bekommen.'
      : `Noch ${count} ${count === 1 ? 'Wiederherstellungscode' : 'Wiederherstellungscodes'} übrig.`,
  password_current: 'Aktuelles Passwort',
  password_new: 'Neues Passwort',
  password_change: 'Passwort ändern',
  password_hint: (shortest) => `Mindestens ${shortest} Zeichen.`,
  wrong_current_password: 'Das aktuelle Passwort stimmt nicht.',
  password_objections: {
    too_short: (shortest) => `Das neue Passwort braucht mindestens ${shortest} Zeichen.`,
    too_long: () => 'Das neue Passwort ist zu lang.',
    control_character: () => 'Das neue Passwort enthält ein Zeichen, das nicht verwendet werden kann.',
    is_login: () => 'Das neue Passwort darf nicht Ihr Benutzername sein.',
    too_common: () => 'Dieses Passwort probiert jeder, der rät, zuerst. Wählen Sie ein anderes.',
  },
  notices: {
    session_ended: 'Dieser Browser ist abgemeldet.',
    disconnected: 'Die App ist getrennt. Sie hat keinen Zugriff mehr auf Ihr Konto.',
    passkey_added: 'Ihr Passkey wurde hinzugefügt.',
    passkey_removed: 'Der Passkey wurde entfernt.',
    totp_on: 'Die Anmeldung in zwei Schritten ist eingeschaltet.',
    totp_off: 'Die Anmeldung in zwei Schritten ist ausgeschaltet.',
    password_changed: 'Ihr Passwort wurde geändert.',
  },

  // Setting up two-step sign-in (TOTP)
  totp_setup: 'Anmeldung in zwei Schritten einrichten',
  totp_scan: 'Scannen Sie dieses Bild mit Ihrer Authenticator-App.',
  totp_qr: 'QR-Code für Ihre Authenticator-App',
  totp_by_hand: 'Scannen geht nicht? Geben Sie diesen Schlüssel in der App ein:',
  totp_open: 'In einer App auf diesem Gerät öffnen',
  totp_enter: 'Geben Sie dann die sechs Ziffern ein, die sie anzeigt.',
  recovery_codes: 'Wiederherstellungscodes aufbewahren',
  recovery_codes_intro:
    'Mit einem dieser Codes können Sie sich anmelden, wenn Sie Ihre Authenticator-App nicht zur Hand haben. Jeder gilt einmal.',
  recovery_codes_once: 'Sie werden nur jetzt angezeigt. Bewahren Sie sie an einem sicheren Ort auf.',
  recovery_codes_kept: 'Ich habe sie aufbewahrt',
  copy: 'Kopieren',
  copied: 'Kopiert',
  download: 'Herunterladen',

  // Sign-out
  sign_out_title: 'Abmelden?',
  sign_out_asked: (app) => html`${app} möchte Sie abmelden.`,
  stay_signed_in: 'Angemeldet bleiben',
  sign_in_again: 'Wieder anmelden',
  signed_out: 'Sie sind abgemeldet',
  signed_out_text: 'Sie können diese Seite schließen.',

  // Errors
  error_client_unknown: 'Diese App ist hier nicht bekannt',
  error_client_unknown_text:
    'Der Link, dem Sie gefolgt sind, nennt eine App, die nicht registriert ist. Wenden Sie sich an den Anbieter der App.',
  error_redirect_uri: 'Dieser Link ist nicht sicher',
  error_redirect_uri_text:
    'Die App will Sie an eine Adresse schicken, die sie nicht registriert hat. Darum halten wir hier an. Wenden Sie sich an den Anbieter der App.',
  error_redirect_uri_missing: 'Die App hat nicht gesagt, wohin es zurückgeht',
  error_redirect_uri_missing_text:
    'Sie muss eine ihrer Adressen nennen. Darum halten wir hier an. Wenden Sie sich an den Anbieter der App.',
  error_not_found: 'Hier ist nichts',
  error_not_found_text: 'Vielleicht ist die Adresse vertippt, oder die Seite gibt es nicht mehr.',
  error_throttled: 'Zu viele Anfragen',
  error_throttled_text: 'Warten Sie ein wenig und versuchen Sie es dann noch einmal.',
  error_client: 'Das hat nicht geklappt',
  error_client_text: 'Gehen Sie zurück zu der App, von der Sie kommen, und beginnen Sie noch einmal.',
  error_server: 'Etwas ist schiefgegangen',
  error_server_text: 'Das liegt an uns, nicht an Ihnen. Versuchen Sie es gleich noch einmal.',
  error_details: 'Einzelheiten',
  error_reference: 'Kennung',

  // On the way back to the app
  form_post: 'Einen Moment',
  form_post_text: 'Sie werden zur App zurückgeschickt.',
} satisfies Strings;
