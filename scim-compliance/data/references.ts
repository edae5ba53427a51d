import type { JsonObject } from '../json.ts'
import type { AttributeAtHand, TypeAtHand } from '../stage.ts'

/** Something on the server that can be referred to. */
export type Referent = { readonly id: string; readonly url: string; readonly type: string }

/** One of the first of these types of which there is one. */
export type FindReferent = (referenceTypes: readonly string[]) => Referent | undefined

/** By the names of their types in lower case. */
export const referentAmong = (referents: ReadonlyMap<string, Referent>): FindReferent => {
  const known = (name: string) => referents.get(name.toLowerCase())
  return referenceTypes => referenceTypes.map(known).find(one => one !== undefined)
}

/** Whether nothing but resources of the server can be referred to. */
export const pointsToResources = (referenceTypes: readonly string[]): boolean =>
  referenceTypes.length > 0 && !referenceTypes.some(type => /^(external|uri)$/i.test(type))

const partThatRefers = (parts: readonly AttributeAtHand[]): AttributeAtHand | undefined =>
  parts.find(({ name }) => name === '$ref')

/** The parts of an attribute like members that name a resource; undefined where there is none to name. */
export function referring(
  { subAttributes }: AttributeAtHand,
  find: FindReferent | undefined,
): JsonObject | undefined {
  const found = find?.(partThatRefers(subAttributes)?.referenceTypes ?? [])
  if (found === undefined) return undefined
  const named: JsonObject = { value: found.id, $ref: found.url, type: found.type }
  const parts = subAttributes.filter(
    ({ name, mutability }) => name in named && mutability.toLowerCase() !== 'readonly',
  )
  return Object.fromEntries(parts.map(({ name }) => [name, named[name] ?? null]))
}

/** A reference that a resource of some type can't do without. */
export type RequiredReference = { readonly name: string; readonly referenceTypes: readonly string[] }

/** All that a type and its required extensions have of these. */
export const requiredReferences = ({ attributes, extensions }: TypeAtHand): readonly RequiredReference[] =>
  [attributes, ...extensions.filter(({ required }) => required).map(({ attributes }) => attributes)]
    .flat()
    .filter(({ required, mutability }) => required && mutability.toLowerCase() !== 'readonly')
    .flatMap(({ name, referenceTypes, subAttributes }) =>
      [referenceTypes, partThatRefers(subAttributes)?.referenceTypes ?? []]
        .filter(pointsToResources)
        .map(referenceTypes => ({ name, referenceTypes })),
    )
