// The JSON Schema of dialect files (JSON Schema 2020-12), for editors: it names the keys, what each is and what it may be.
// The rules between keys are in the core, and `tessera dialect check` says where one is broken.

import { dialectShape } from '@tessera-oauth/core';
import { z } from 'zod';
import { descriptions } from './dialect-descriptions.ts';
import { replacedWhole } from './dialects.ts';

type Schema = Readonly<Record<string, unknown>>;

export function dialectJsonSchema(): Schema {
  const { $schema, properties, $defs, required: _, ...rest } = z.toJSONSchema(dialectShape, { io: 'input' });
  const own = { $schema: { type: 'string' }, extends: { type: 'string' } };
  return {
    $schema,
    $id: 'urn:tessera-oauth:dialect.schema.json',
    title: 'A dialect of Tessera',
    ...rest,
    properties: { ...membersIn(own, '', false), ...membersIn(properties as Schema, '', true) },
    required: ['name'],
    $defs: Object.fromEntries(
      Object.entries($defs ?? {}).map(([name, each]) => [name, partOf(each as Schema, 'rule', false)]),
    ),
  };
}

const nothing = { type: 'null' };

/** `eased`: with `extends` every member may be left out, or be null, but in what is replaced as a whole. */
function membersIn(members: Schema, path: string, eased: boolean): Schema {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => {
      const below = path === '' ? name : `${path}.${name}`;
      const part = partOf(member as Schema, below, eased && !replacedWhole.includes(name));
      const described = { description: descriptions[below] };
      return [
        name,
        eased && name !== 'name' ? { ...described, anyOf: [part, nothing] } : { ...described, ...part },
      ];
    }),
  );
}

function partOf(schema: Schema, path: string, eased: boolean): Schema {
  const { required, properties, additionalProperties: others, anyOf, items, ...rest } = schema;
  const part = (each: unknown) => partOf(each as Schema, path, eased);
  const other = typeof others === 'object' ? part(others) : others;
  return {
    ...rest,
    ...(properties !== undefined && { properties: membersIn(properties as Schema, path, eased) }),
    ...(required !== undefined && !eased && { required }),
    ...(other !== undefined && {
      additionalProperties: eased && typeof other === 'object' ? { anyOf: [other, nothing] } : other,
    }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(part) }),
    ...(items !== undefined && { items: part(items) }),
  };
}
