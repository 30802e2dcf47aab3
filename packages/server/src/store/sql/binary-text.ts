// Text of PostgreSQL compared byte by byte, as SQLite compares it. So both sort alike, and no index of texts, on which
// uniqueness rests, depends on the locales of an operating system, which change with its releases.

import {
  type ColumnDefinitionNode,
  DataTypeNode,
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformResultArgs,
  RawNode,
} from 'kysely';

class BinaryText extends OperationNodeTransformer {
  protected override transformColumnDefinition(node: ColumnDefinitionNode): ColumnDefinitionNode {
    const { dataType, ...same } = super.transformColumnDefinition(node);
    const isText = DataTypeNode.is(dataType) && dataType.dataType === 'text';
    return { ...same, dataType: isText ? RawNode.createWithSql('text collate "C"') : dataType };
  }
}

const transformer = new BinaryText();

/** For migrations: every column of text that they add is one of bytes. */
export const binaryText: KyselyPlugin = {
  transformQuery: ({ node }) => transformer.transformNode(node),
  transformResult: async ({ result }: PluginTransformResultArgs) => result,
};
