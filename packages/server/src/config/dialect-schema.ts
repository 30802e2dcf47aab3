// The JSON Schema of dialect files (JSON Schema 2020-12), for editors: it names the keys and what each may be. The rules
// between keys are in the core, and `tessera dialect check` says where one is broken.

import { dialectShape } from '@tessera-oauth/core';
import { z } from 'zod';

type Schema = Readonly<Record<string, unknown>>;

export function dialectJsonSchema(): Schema {
  const { $schema, properties, ...rest } = eased(z.toJSONSchema(dialectShape, { io: 'input' })) as Schema;
  return {
    $schema,
    title: 'A dialect of Tessera',
    ...rest,
    properties: {
      extends: {
        type: 'string',
        description: 'The dialect that this one builds on; null takes a member away.',
      },
      ...(properties as Schema),
    },
    required: ['name'],
  };
}

/** With `extends` every member may be left out, or be null. */
function eased(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(eased);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { required: _required, properties, ...rest } = schema as Record<string, unknown>;
  const same = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, eased(value)]));
  if (properties === undefined) return same;
  const members = Object.entries(properties as Schema).map(([name, member]) => [
    name,
    { anyOf: [eased(member), { type: 'null' }] },
  ]);
  return { ...same, properties: Object.fromEntries(members) };
}
