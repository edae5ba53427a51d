import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import ts from 'typescript'

/**
 * Writes the types of the package as one file without imports: where zod isn't installed, types that mention it would silently be
 * `any`.
 */
const root = join(import.meta.dirname, '..', '..')
const file = join(root, 'dist', 'index.d.ts')
const { NoTruncation, InTypeAlias, MultilineObjectLiterals, UseAliasDefinedOutsideCurrentScope } =
  ts.NodeBuilderFlags
const wholeType = NoTruncation | InTypeAlias | MultilineObjectLiterals | UseAliasDefinedOutsideCurrentScope

/** Replaces each type that mentions a dependency or a value by what the compiler makes of it, and drops the values. */
function withoutImports(file: string): string {
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    strict: true,
    target: ts.ScriptTarget.ES2024,
    types: ['node'],
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  if (source === undefined) throw new Error(`${file} is missing.`)
  const imported = new Set(source.statements.flatMap(importedNames))
  const mentions = (node: ts.Node): boolean =>
    ts.isTypeQueryNode(node) ||
    (ts.isIdentifier(node) && imported.has(node.text)) ||
    ts.forEachChild(node, mentions) === true
  const written = source.statements.flatMap(statement => {
    if (ts.isImportDeclaration(statement)) return []
    if (ts.isVariableStatement(statement) && mentions(statement)) return []
    if (ts.isTypeAliasDeclaration(statement) && mentions(statement.type))
      return [expanded(statement, source, checker)]
    return [statement.getFullText(source)]
  })
  return `${written.join('\n').trim()}\n`
}

function importedNames(statement: ts.Statement): readonly string[] {
  if (!ts.isImportDeclaration(statement)) return []
  const bindings = statement.importClause?.namedBindings
  if (bindings === undefined) return []
  return ts.isNamespaceImport(bindings)
    ? [bindings.name.text]
    : bindings.elements.map(({ name }) => name.text)
}

function expanded(alias: ts.TypeAliasDeclaration, source: ts.SourceFile, checker: ts.TypeChecker): string {
  const type = checker.typeToTypeNode(checker.getTypeAtLocation(alias.name), alias, wholeType)
  if (type === undefined) throw new Error(`The type ${alias.name.text} cannot be written.`)
  const { modifiers, name, typeParameters } = alias
  const written = ts.factory.updateTypeAliasDeclaration(alias, modifiers, name, typeParameters, type)
  return ts.createPrinter().printNode(ts.EmitHint.Unspecified, written, source)
}

const bundle = await rollup({
  input: join(root, 'src', 'index.ts'),
  plugins: [dts({ tsconfig: join(root, 'tsconfig.build.json') })],
  external: id => /^[^./]/.test(id),
})
await bundle.write({ file })
const types = withoutImports(file)
const hasAny = (node: ts.Node): boolean =>
  node.kind === ts.SyntaxKind.AnyKeyword || ts.forEachChild(node, hasAny) === true
if (hasAny(ts.createSourceFile(file, types, ts.ScriptTarget.ES2024)))
  throw new Error(`A type in ${file} is any.`)
writeFileSync(file, types)
