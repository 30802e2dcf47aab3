// What a dialect may call errors, so that no name tells what the answers keep to themselves.

import { errorCodes } from '../oauth-error.ts';
import { allReasons, indistinguishableReasons } from '../reasons.ts';
import { nearestName } from './nearest.ts';
import type { DialectFields } from './shape.ts';

type Refuse = (path: readonly string[], expected: string) => void;

export function judgeErrorNames(
  { errors: { status, rename, describe = {} } }: DialectFields,
  refuse: Refuse,
): void {
  for (const name of Object.keys(status)) refuseUnknown(['errors', 'status', name], name, errorCodes, refuse);
  // Where the server is at fault, a proxy and whoever watches it must see so.
  for (const code of ['server_error', 'temporarily_unavailable'])
    if ((status[code] ?? 500) < 500)
      refuse(['errors', 'status', code], 'a status from 500, since the server is at fault');
  // By the code alone: a text for a reason would tell what the reasons that share an answer keep to themselves.
  for (const name of Object.keys(describe))
    refuseUnknown(['errors', 'describe', name], name, errorCodes, refuse);
  const renamable = [...errorCodes, ...allReasons];
  for (const name of Object.keys(rename)) refuseUnknown(['errors', 'rename', name], name, renamable, refuse);
  for (const { error, reasons } of indistinguishableReasons) {
    const named = reasons.filter((reason) => reason in rename);
    const [first] = named;
    if (first === undefined) continue;
    const alike = reasons.every((reason) => rename[reason] === rename[first]);
    if (!alike)
      refuse(
        ['errors', 'rename', first],
        `${error} in its place: ${reasons.join(', ')} share an answer on purpose, and have one name`,
      );
  }
}

function refuseUnknown(
  path: readonly string[],
  name: string,
  names: readonly string[],
  refuse: Refuse,
): void {
  if (names.includes(name)) return;
  const meant = nearestName(name, names);
  const kind = names.length > errorCodes.length ? 'an error code or a reason' : 'an error code';
  refuse(path, meant === undefined ? `${kind} in its place` : `${kind} in its place: did you mean ${meant}?`);
}
