// What a browser complains about while it shows pages: errors in its console and in scripts, and breaches of the
// content security policy.

import type { BrowserContext } from 'playwright-core';

// A page that tells what is wrong comes with such a status, which the console notes; what it loads never does.
const ofAPage = /^Failed to load resource: .* status of (400|403|422|429) /;

/** Collects the complaints of all pages of a context; none may be open yet. */
export async function collectComplaints(context: BrowserContext): Promise<readonly string[]> {
  const complaints: string[] = [];
  context.on('console', (message) => {
    const isBad = message.type() === 'error' || message.type() === 'warning';
    if (isBad && !ofAPage.test(message.text()))
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  await context.exposeBinding('noteViolation', (_, violation: string) => void complaints.push(violation));
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    noteViolation(event.violatedDirective + ' forbids ' + event.blockedURI + ' at ' + event.documentURI))`);
  return complaints;
}
