import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from './attribute.ts'

/**
 * Looks a name in full notation up (RFC 7644 §3.10), whatever its case: `userName`, `name.givenName`,
 * `urn:…:core:2.0:User:userName`, `urn:…:enterprise:2.0:User:manager.value`, or an extension's bare URN.
 * Undefined when no schema has it.
 */
export function resolveName(
  { attributes, schema }: { attributes: readonly Attribute[]; schema: { id: string } },
  text: string,
): AttributePath | undefined {
  const container = extensionNamedBy(attributes, text)
  // A URN may go on where another ends: `urn:…:Device` and `urn:…:Device:Part`.
  if (container && !(startsWithUrn(text, schema.id) && schema.id.length > container.name.length)) {
    const rest = text.slice(container.name.length + 1)
    if (rest === '') return [container]
    const below = resolveDotted(subAttributesOf(container), rest)
    return below && [container, ...below]
  }
  return resolveDotted(attributes, startsWithUrn(text, schema.id) ? text.slice(schema.id.length + 1) : text)
}

const startsWithUrn = (text: string, urn: string) =>
  text.length > urn.length &&
  text[urn.length] === ':' &&
  text.slice(0, urn.length).toLowerCase() === urn.toLowerCase()

/** The one of the longest URN, where several fit. */
const extensionNamedBy = (attributes: readonly Attribute[], text: string) =>
  attributes.reduce<Attribute | undefined>(
    (found, attribute) =>
      isNamed(attribute, text) && attribute.name.length > (found?.name.length ?? 0) ? attribute : found,
    undefined,
  )

const isNamed = ({ extension, name }: Attribute, text: string) =>
  extension && (startsWithUrn(text, name) || text.toLowerCase() === name.toLowerCase())

/** `emails.value` below the given attributes: one attribute, and at most one sub-attribute. */
export function resolveDotted(attributes: readonly Attribute[], text: string): AttributePath | undefined {
  const [name = '', sub, ...more] = text.split('.')
  const attribute = findAttribute(attributes, name)
  if (!attribute || more.length > 0) return undefined
  if (sub === undefined) return [attribute]
  const below = findAttribute(subAttributesOf(attribute), sub)
  return below && [attribute, below]
}
