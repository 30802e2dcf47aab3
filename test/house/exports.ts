// What a module exports, down to its members, with the docstring of each; re-exports are followed to their declarations.
// For the lint in docstrings.test.ts.

import { dirname, join } from 'node:path';
import {
  type Comment,
  type Declaration,
  type Node,
  parseSync,
  type Statement,
  type TSType,
} from 'oxc-parser';

export interface Exported {
  readonly file: string;
  /** `name`, or `name.member`. */
  readonly name: string;
  /** The JSDoc comment right before it, as plain text; undefined if there is none. */
  readonly doc: string | undefined;
}

/** Gives the source of a file. */
type Read = (file: string) => string;

interface Part {
  readonly name: string;
  readonly start: number;
}

interface Parsed {
  readonly file: string;
  readonly body: readonly Statement[];
  readonly docAt: (start: number) => string | undefined;
}

/** Exports of `file`: all of them, or the one of a name. Packages are not looked into. */
export function exportsOf(file: string, read: Read, only?: string): Exported[] {
  const parsed = parse(file, read(file));
  const follow = (source: string, name?: string) =>
    source.startsWith('.') ? exportsOf(join(dirname(file), source), read, name) : [];
  return parsed.body.flatMap((statement) => {
    if (statement.type === 'ExportAllDeclaration') return follow(statement.source.value, only);
    if (statement.type === 'ExportDefaultDeclaration')
      return only === undefined ? [described(parsed, { name: 'default', start: statement.start })] : [];
    if (statement.type !== 'ExportNamedDeclaration') return [];
    if (statement.declaration !== null)
      return declared(parsed, statement.declaration, statement.start).filter(
        ({ name }) => only === undefined || name.split('.')[0] === only,
      );
    return statement.specifiers
      .filter(({ exported }) => only === undefined || nameOf(exported) === only)
      .flatMap(({ local }) =>
        statement.source === null
          ? ofLocal(parsed, nameOf(local), follow)
          : follow(statement.source.value, nameOf(local)),
      );
  });
}

/** `export { name }`, of something that is declared in this file or imported into it. */
function ofLocal(parsed: Parsed, name: string, follow: (source: string, name: string) => Exported[]) {
  return parsed.body.flatMap((statement) => {
    if (statement.type === 'ImportDeclaration') {
      const imported = statement.specifiers.find(({ local }) => local.name === name);
      if (imported === undefined) return [];
      return follow(statement.source.value, 'imported' in imported ? nameOf(imported.imported) : 'default');
    }
    const found = 'id' in statement || statement.type === 'VariableDeclaration' ? statement : undefined;
    const all = found === undefined ? [] : declared(parsed, found as Declaration, statement.start);
    return all.filter((each) => each.name.split('.')[0] === name);
  });
}

function parse(file: string, source: string): Parsed {
  const { program, comments, errors } = parseSync(file, source);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const docAt = (start: number) => {
    const comment = comments.findLast(({ end }) => end <= start);
    const isAdjacent = comment !== undefined && source.slice(comment.end, start).trim() === '';
    return isAdjacent && isJsDoc(comment) ? plainText(comment) : undefined;
  };
  return { file, body: program.body, docAt };
}

const isJsDoc = ({ type, value }: Comment) => type === 'Block' && value.startsWith('*');

const plainText = ({ value }: Comment) =>
  value
    .slice(1)
    .split('\n')
    .map((line) => line.trim().replace(/^\* ?/, ''))
    .join(' ')
    .trim();

const described = ({ file, docAt }: Parsed, { name, start }: Part): Exported => ({
  file,
  name,
  doc: docAt(start),
});

/** A declaration, and its members; `start` is where the statement begins. */
function declared(parsed: Parsed, declaration: Declaration, start: number): Exported[] {
  if (declaration.type === 'VariableDeclaration')
    return declaration.declarations.flatMap(({ id }, index) =>
      id.type === 'Identifier'
        ? [described(parsed, { name: id.name, start: index === 0 ? start : id.start })]
        : [],
    );
  const name = 'id' in declaration && declaration.id?.type === 'Identifier' ? declaration.id.name : '';
  const members = membersOf(declaration, parsed).map((member) => ({
    name: `${name}.${member.name}`,
    start: member.start,
  }));
  return [{ name, start }, ...members].map((part) => described(parsed, part));
}

function membersOf(declaration: Declaration, parsed: Parsed): Part[] {
  switch (declaration.type) {
    case 'TSInterfaceDeclaration':
      return declaration.body.body.map(memberPart);
    case 'ClassDeclaration':
      return declaration.body.body.filter(isPublic).map(memberPart);
    case 'TSTypeAliasDeclaration': {
      const { typeAnnotation } = declaration;
      return [...literalMembers(typeAnnotation), ...schemaMembers(typeAnnotation, parsed, new Set())];
    }
    default:
      return [];
  }
}

const isPublic = (member: Node): boolean =>
  !('key' in member && member.key?.type === 'PrivateIdentifier') &&
  !(
    'accessibility' in member &&
    (member.accessibility === 'private' || member.accessibility === 'protected')
  ) &&
  member.type !== 'StaticBlock';

/** Members of the object types that a type alias puts together; the variants of a union explain themselves. */
function literalMembers(type: TSType): Part[] {
  if (type.type === 'TSTypeLiteral') return type.members.map(memberPart);
  return type.type === 'TSIntersectionType' ? type.types.flatMap(literalMembers) : [];
}

/** Of `z.input<typeof schema>`: the properties of the schema, and of the schemas in the same file that it is made of. */
function schemaMembers(node: Node, parsed: Parsed, seen: Set<string>): Part[] {
  return [...walk(node)].flatMap((inner) => {
    if (inner.type === 'CallExpression' && inner.callee.type === 'MemberExpression') {
      const [argument] = inner.arguments;
      const isSchema = /object$/i.test(nameOf(inner.callee.property));
      return isSchema && argument?.type === 'ObjectExpression' ? argument.properties.map(memberPart) : [];
    }
    if (inner.type !== 'Identifier' || seen.has(inner.name)) return [];
    seen.add(inner.name);
    const init = initializerOf(inner.name, parsed);
    return init === undefined ? [] : schemaMembers(init, parsed, seen);
  });
}

const initializerOf = (name: string, { body }: Parsed): Node | undefined =>
  body
    .map((statement) => (statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement))
    .flatMap((statement) => (statement?.type === 'VariableDeclaration' ? statement.declarations : []))
    .find(({ id }) => id.type === 'Identifier' && id.name === name)?.init ?? undefined;

function* walk(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value) yield value as Node;
  for (const inner of Object.values(value)) yield* walk(inner);
}

function memberPart(member: Node): Part {
  return { name: 'key' in member ? nameOf(member.key) : member.type, start: member.start };
}

function nameOf(node: Node | null | undefined): string {
  if (node?.type === 'Identifier' || node?.type === 'PrivateIdentifier') return node.name;
  return node?.type === 'Literal' ? String(node.value) : (node?.type ?? '');
}
