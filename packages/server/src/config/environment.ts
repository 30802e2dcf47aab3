// Every key from the environment: listen.port is TESSERA_LISTEN_PORT. Lists and objects are YAML text.

import { z } from 'zod';
import { UsageError } from '../model.ts';
import { parseYaml } from './document.ts';
import type { Locate } from './mistakes.ts';
import { configSchema } from './schema.ts';
import type { SourceOf } from './validation.ts';

interface Leaf {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
}

const unwrap = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;

function leaves(schema: z.ZodType, path: readonly string[] = []): Leaf[] {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return [{ path, schema: inner }];
  return Object.entries(inner.shape).flatMap(([key, value]) => leaves(value as z.ZodType, [...path, key]));
}

const variable = (path: readonly string[]) => `TESSERA_${path.join('_').toUpperCase()}`;

/** The names of all variables, by key. */
export const environmentVariables = new Map(
  leaves(configSchema).map(({ path }) => [path.join('.'), variable(path)]),
);

/** Read by the command line, and no keys of the configuration. */
const others = ['TESSERA_CONFIG'];

/** What Kubernetes puts into the environment of every pod beside a Service whose name begins with tessera. */
const serviceLink =
  /^TESSERA_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

const isServiceLink = (name: string, text: string): boolean =>
  serviceLink.test(name) || (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text));

/** The variables that are meant for this program, and set: an empty one counts as none. */
export const ownVariables = (env: NodeJS.ProcessEnv): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(env).flatMap(([name, text]) =>
      name.startsWith('TESSERA_') && text && !isServiceLink(name, text) ? [[name, text]] : [],
    ),
  );

/** Puts the variables over `document`; a UsageError names each variable that is no key. */
export function applyEnvironment(
  document: Record<string, unknown>,
  env: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const result = structuredClone(document);
  const variables = ownVariables(env);
  const known = new Set([...environmentVariables.values(), ...others]);
  const unknown = [...variables.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new UsageError(
      unknown.map((name) => `${name}: unknown variable; see tessera.example.yaml for all keys`).join('\n'),
    );
  for (const { path, schema } of leaves(configSchema)) {
    const text = variables.get(variable(path));
    if (text === undefined) continue;
    put(result, path, takesText(schema, text) ? text : parseYaml(text, variable(path)));
  }
  return result;
}

/** Where a value comes from: the variable that is set for its key, or its place in the file `source`. */
export function sourceIn(env: NodeJS.ProcessEnv, source: string, locate: Locate): SourceOf {
  const variables = ownVariables(env);
  return (path) => {
    const keys = path.map((_, index) => path.slice(0, index + 1).join('.'));
    const names = keys.map((key) => environmentVariables.get(key));
    const set = names.find((name) => name !== undefined && variables.has(name));
    return set === undefined ? { file: source, ...locate(path) } : { file: set };
  };
}

/** Whether a key takes text, even if it does not take this text. Such text is not read as YAML, which has numbers. */
function takesText(schema: z.ZodType, text: string): boolean {
  const codes = schema.safeParse(text).error?.issues.map(({ code }) => code) ?? [];
  return !codes.includes('invalid_type') && !codes.includes('invalid_union');
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) target[key] = value;
  else {
    const inner = target[key];
    const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
    target[key] = next;
    put(next, rest, value);
  }
}
