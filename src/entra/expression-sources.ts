import type { Expression } from './expression-tree.ts'

/**
 * The source attributes that an expression reads, in lower case. `IsSoftDeleted` is read off `accountEnabled`, as far
 * as an account by itself can tell.
 */
export function sourcesOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'attribute': {
      const name = expression.name.toLowerCase()
      return [name === 'issoftdeleted' ? 'accountenabled' : name]
    }
    case 'constant':
      return []
    case 'call':
      return expression.arguments.flatMap(argument => (argument ? sourcesOf(argument) : []))
    case 'comparison':
      return [...sourcesOf(expression.left), ...sourcesOf(expression.right)]
  }
}
