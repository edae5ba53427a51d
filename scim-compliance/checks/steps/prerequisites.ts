import type { SupportedAttribute, SupportedType } from '../../check.ts'
import { Failure, skip } from '../../expect.ts'
import { enterpriseUrn, isObject, type JsonObject } from '../../scim.ts'
import { requireKept } from './attributes.ts'

/**
 * Tries several ways to meet a precondition, and returns the result of the first that works. Skips if none does, since neither
 * a pass nor a failure would then prove anything.
 */
export async function orSkipAsConsequence<Reached>(
  what: string,
  id: string,
  ...ways: readonly (() => Promise<Reached>)[]
): Promise<Reached> {
  for (const way of ways) {
    try {
      return await way()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }
  return skip(`${what}, which ${id} reports.`, id)
}

function attributeAtPath(type: SupportedType, path: string): SupportedAttribute | undefined {
  const extension = type.extensions.find(({ schema }) =>
    path.toLowerCase().startsWith(`${schema.toLowerCase()}:`),
  )
  if (path.startsWith('urn:') && !extension) return undefined
  const within = extension ? path.slice(extension.schema.length + 1) : path
  const [top = '', ...below] = within.replace(/\[[^\]]*\]/, '').split('.')
  return below.reduce<SupportedAttribute | undefined>(
    (attribute, name) => named(attribute?.subAttributes ?? [], name),
    named(extension?.attributes ?? type.attributes, top),
  )
}

const named = (attributes: readonly SupportedAttribute[], name: string) =>
  attributes.find(attribute => attribute.name.toLowerCase() === name.toLowerCase())

/** Some types don't describe the common attributes of all resources. */
const commonAttributes = new Set(['externalId', 'id'])

export const hasAttribute = (type: SupportedType, path: string): boolean =>
  commonAttributes.has(path) || (attributeAtPath(type, path)?.mutability ?? 'readOnly') !== 'readOnly'

/** Skips the check unless the type has all of these as writable attributes. */
export function requireAttributes(type: SupportedType, ...paths: readonly string[]): void {
  const missing = paths.find(path => !hasAttribute(type, path))
  if (missing !== undefined)
    skip(`The server's ${type.name} has no writable ${missing}.`, undefined, 'attribute')
  for (const path of paths) {
    const found = attributeAtPath(type, path)
    if (found) requireKept(found, path)
  }
}

export const customTextAttribute = ({
  extensions,
}: SupportedType): { readonly schema: string; readonly name: string } | undefined =>
  extensions
    .filter(({ schema }) => schema !== enterpriseUrn)
    .flatMap(({ schema, attributes }) =>
      attributes.filter(isPlainText).map(({ name }) => ({ schema, name })),
    )[0]

const isPlainText = ({
  type,
  multiValued,
  mutability,
  returned,
  canonicalValues,
}: SupportedAttribute): boolean =>
  type === 'string' &&
  !multiValued &&
  mutability === 'readWrite' &&
  returned === 'default' &&
  canonicalValues.length === 0

/** Reduces a body to what the schemas of its type require, without optional or discovered values. */
export function requiredAttributes({ attributes, extensions }: SupportedType, body: JsonObject): JsonObject {
  const extended = extensions.flatMap(({ schema, required, attributes }) => {
    const value = body[schema]
    if (!required || !isObject(value)) return []
    const least = onlyRequired(attributes, value)
    return [[schema, Object.keys(least).length > 0 ? least : value] as const]
  })
  const { schemas = [] } = body
  return { schemas, ...onlyRequired(attributes, body), ...Object.fromEntries(extended) }
}

const onlyRequired = (attributes: readonly SupportedAttribute[], body: JsonObject): JsonObject => {
  const names = new Set(attributes.filter(({ required }) => required).map(({ name }) => name.toLowerCase()))
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.has(name.toLowerCase())))
}
