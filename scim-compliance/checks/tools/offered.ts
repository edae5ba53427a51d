import { skip } from '../../expect.ts'
import type { AttributeAtHand, TypeAtHand } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'

/** The attribute that a path leads to, as far as the type has it; what stands in brackets doesn't count. */
export function attributeAt(type: TypeAtHand, path: string): AttributeAtHand | undefined {
  const extension = type.extensions.find(({ schema }) =>
    path.toLowerCase().startsWith(`${schema.toLowerCase()}:`),
  )
  if (path.startsWith('urn:') && !extension) return undefined
  const within = extension ? path.slice(extension.schema.length + 1) : path
  const [top = '', ...below] = within.replace(/\[[^\]]*\]/, '').split('.')
  return below.reduce<AttributeAtHand | undefined>(
    (attribute, name) => named(attribute?.subAttributes ?? [], name),
    named(extension?.attributes ?? type.attributes, top),
  )
}

const named = (attributes: readonly AttributeAtHand[], name: string) =>
  attributes.find(attribute => attribute.name.toLowerCase() === name.toLowerCase())

/** Some types don't describe what every resource has. */
const common = new Set(['externalId', 'id'])

export const offers = (type: TypeAtHand, path: string): boolean =>
  common.has(path) || (attributeAt(type, path)?.mutability ?? 'readOnly') !== 'readOnly'

/** Skips the check where the type has no such attribute that can be written. */
export function needs(type: TypeAtHand, ...paths: readonly string[]): void {
  const missing = paths.find(path => !offers(type, path))
  if (missing !== undefined) skip(`The server's ${type.name} has no ${missing} that could be written.`)
}

/** The first text that an extension of the server's own has, and that can be written and is shown. */
export const ownText = ({
  extensions,
}: TypeAtHand): { readonly schema: string; readonly name: string } | undefined =>
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
}: AttributeAtHand): boolean =>
  type === 'string' &&
  !multiValued &&
  mutability === 'readWrite' &&
  returned === 'default' &&
  canonicalValues.length === 0
