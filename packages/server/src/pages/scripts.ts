// The two scripts, as text: the policy allows no inline script. Without them everything works but passkeys.

/**
 * page.js: posts a form marked `data-submit="now"`; stops a second click from posting any form again, which would send a
 * one-time value that the first has used up; shows passwords, copies codes, and takes away a logo that does not load.
 */
export const pageScript = `'use strict';
(() => {
  let sent = false;
  const mark = (value, button) => {
    sent = value;
    document.documentElement.classList.toggle('sent', value);
    for (const busy of document.querySelectorAll('[aria-busy]')) busy.removeAttribute('aria-busy');
    if (button) button.setAttribute('aria-busy', 'true');
  };
  addEventListener('submit', (event) => {
    if (sent) event.preventDefault();
    if (event.defaultPrevented) return;
    mark(true, event.submitter);
    // Again possible for a user who has stopped the page from loading,
    setTimeout(mark, 5000, false);
  });
  // and for one who comes back to the page.
  addEventListener('pageshow', () => mark(false));
  const form = document.querySelector('form[data-submit=now]');
  // A field named "submit" would hide the method of the form itself.
  if (form) HTMLFormElement.prototype.submit.call(form);

  for (const input of document.querySelectorAll('input[data-show]')) {
    const button = document.createElement('button');
    const show = (shown) => {
      input.type = shown ? 'text' : 'password';
      button.textContent = shown ? input.dataset.hide : input.dataset.show;
    };
    button.type = 'button';
    button.className = 'reveal';
    button.setAttribute('aria-controls', input.id);
    button.addEventListener('click', () => show(input.type === 'password'));
    // Browsers keep as a password what is sent from a password field.
    addEventListener('submit', () => show(false));
    show(false);
    const box = document.createElement('div');
    box.className = 'with-reveal';
    const focused = document.activeElement === input;
    input.replaceWith(box);
    box.append(input, button);
    if (focused) input.focus();
  }

  const copy = document.querySelector('button[data-copy]');
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener('click', async () => {
      const lines = document.getElementById(copy.dataset.copy).querySelectorAll('li');
      await navigator.clipboard.writeText([...lines].map((line) => line.textContent.trim()).join('\\n'));
      copy.textContent = copy.dataset.copied;
    });
  }

  for (const image of document.querySelectorAll('.logo img')) {
    image.addEventListener('error', () => image.remove());
    if (image.complete && image.naturalWidth === 0) image.remove();
  }
})();
`;

/** passkey.js: makes or asks for a passkey and posts it as JSON (Web Authentication Level 3 §5.1). */
export const passkeyScript = `'use strict';
(() => {
  const form = document.querySelector('form[data-passkey]');
  if (!form) return;
  if (!window.PublicKeyCredential || !navigator.credentials) return form.classList.add('unsupported');

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const base64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=+$/, '');
  const withBytes = (list) => (list || []).map((entry) => ({ ...entry, id: bytes(entry.id) }));

  const parseByHand = (json) => ({
    ...json,
    challenge: bytes(json.challenge),
    ...(json.user && { user: { ...json.user, id: bytes(json.user.id) } }),
    ...(json.allowCredentials && { allowCredentials: withBytes(json.allowCredentials) }),
    ...(json.excludeCredentials && { excludeCredentials: withBytes(json.excludeCredentials) }),
  });
  const writeByHand = (credential) => {
    const { response } = credential;
    const written = { clientDataJSON: base64url(response.clientDataJSON) };
    for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (response[name]) written[name] = base64url(response[name]);
    }
    if (response.getTransports) written.transports = response.getTransports();
    return {
      id: credential.id,
      rawId: base64url(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: written,
    };
  };

  const creates = form.dataset.passkey === 'create';
  const parse = PublicKeyCredential[creates ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'];
  const json = JSON.parse(form.dataset.options);
  const options = () => (parse ? parse.call(PublicKeyCredential, json) : parseByHand(json));
  const message = form.querySelector('[role=alert]');
  const button = form.querySelector('button');
  let waiting;

  const post = (credential) => {
    form.elements.credential.value = JSON.stringify(credential.toJSON ? credential.toJSON() : writeByHand(credential));
    form.requestSubmit();
  };

  // The passkeys that the browser offers in the user name field, for as long as the button is not used.
  const offer = async () => {
    const available = PublicKeyCredential.isConditionalMediationAvailable;
    if (creates || !available || !(await available.call(PublicKeyCredential))) return;
    waiting = new AbortController();
    const { signal } = waiting;
    const asked = { publicKey: options(), mediation: 'conditional', signal };
    await navigator.credentials.get(asked).then(post, () => {});
  };

  const ask = async () => {
    waiting?.abort();
    message.hidden = true;
    button.disabled = true;
    try {
      const asked = { publicKey: options() };
      post(await (creates ? navigator.credentials.create(asked) : navigator.credentials.get(asked)));
    } catch (error) {
      message.textContent = (error.name === 'InvalidStateError' && message.dataset.exists) || message.dataset.failed;
      message.hidden = false;
      offer();
    } finally {
      button.disabled = false;
    }
  };

  form.addEventListener('submit', (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    ask();
  });
  addEventListener('pageshow', () => {
    form.elements.credential.value = '';
  });
  form.classList.add('ready');
  offer();
})();
`;
