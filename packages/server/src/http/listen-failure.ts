// Why an address cannot be listened on, in words for the operator.

import { systemReason, UsageError } from '../model.ts';

/** The UsageError to throw in place of an error of `listen`; other errors stay as they are. */
export function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new UsageError(`port ${port} on ${host} is in use`);
  if (code === 'EACCES')
    return new UsageError(`port ${port} on ${host} needs privileges: choose one above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new UsageError(`${host} is no address of this machine`);
  return 'errno' in Object(error)
    ? new UsageError(`port ${port} on ${host} cannot be listened on (${systemReason(error)})`)
    : error;
}
