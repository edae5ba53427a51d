import type { CheckContext, ScimResponse, SupportedType } from '../check.ts'
import { attributePlaces, createFilled, placeValues } from '../checks/steps/attribute-places.ts'
import { isKept } from '../checks/steps/attributes.ts'
import { isSuccess } from '../expect.ts'
import { compact } from '../scim.ts'

/** Attributes that are advertised as writable and returned, and aren't returned by GET after they were sent: `User.title`. */
export async function lostOf(
  context: CheckContext,
  type: SupportedType,
): Promise<{ lost: readonly string[]; response?: ScimResponse }> {
  const filled = await createFilled(context, type)
  const kept = new Set<string>()
  const sent = new Set<string>()
  let response: ScimResponse | undefined
  for (const one of filled) {
    const read = await context.get(one.path)
    if (!isSuccess(read)) continue
    response ??= read
    for (const place of attributePlaces(type)) {
      const { attribute, above, path } = place
      if (!isKept(attribute) || (above && !isKept(above))) continue
      if (placeValues(one.sent, place).length === 0) continue
      sent.add(path)
      if (placeValues(read.body, place).length > 0) kept.add(path)
    }
  }
  const isWithin = (schema: string) => (path: string) => path.startsWith(`${schema}:`)
  // Managers aren't sent, since these refer to users: they are lost with the whole extension.
  const others = type.extensions
    .filter(({ schema }) => [...sent].some(isWithin(schema)) && ![...kept].some(isWithin(schema)))
    .flatMap(({ schema, attributes }) => attributes.map(({ name }) => `${schema}:${name}`))
  const lost = new Set([...[...sent].filter(path => !kept.has(path)), ...others])
  return { lost: [...lost].map(path => `${type.name}.${path}`), ...compact({ response }) }
}

/** Without sub-attributes of attributes that are listed, and without the name of the type. */
export const outermost = (paths: readonly string[]): readonly string[] => [
  ...new Set(
    paths
      .filter(path => !paths.some(other => path.startsWith(`${other}.`)))
      .map(path => path.replace(/^\w+\./, '')),
  ),
]

/** The types with `stored: false` on the attributes that probe/stored lists. */
export function withStored(
  types: readonly SupportedType[],
  lost: readonly string[],
): readonly SupportedType[] {
  const flag = (attributes: SupportedType['attributes'], above: string): SupportedType['attributes'] =>
    attributes.map(attribute => {
      const path = `${above}${attribute.name}`
      return {
        ...attribute,
        subAttributes: flag(attribute.subAttributes, `${path}.`),
        ...(lost.includes(path) && { stored: false }),
      }
    })
  return types.map(type => ({
    ...type,
    attributes: flag(type.attributes, `${type.name}.`),
    extensions: type.extensions.map(one => ({
      ...one,
      attributes: flag(one.attributes, `${type.name}.${one.schema}:`),
    })),
  }))
}
