import { createHash } from 'node:crypto'
import type { Json } from '../json.ts'
import type { AttributeAtHand } from '../stage.ts'
import { certificate } from './certificate.ts'
import { type FindReferent, pointsToResources } from './references.ts'

/** What a value is made for: the path to it in lower case, `emails.value`, and a text that nobody else has. */
export type Wanted = {
  readonly path: string
  readonly unique: () => string
  readonly referent?: FindReferent | undefined
}

/** Attributes that stand for something else than free text, by the end of their path. */
const known: readonly (readonly [path: RegExp, value: (text: string) => string])[] = [
  [/(^|\.)e?mails?(\.value)?$/, text => `${text}@scim-check.example`],
  [/^phonenumbers(\.value)?$/, () => 'tel:+1-201-555-0123'],
  [/(^|\.)country$/, () => 'US'],
  [/^(locale|preferredlanguage)$/, () => 'en-US'],
  [/^timezone$/, () => 'Europe/Berlin'],
  [/^(photos\.value|profileurl)$/, text => `https://scim-check.example/${text}.png`],
  [/^password$/, text => `${text}-Aa9!`],
]

/** A valid value of an attribute that isn't complex; undefined where only the server's own ids would do. */
export function valueFor(attribute: AttributeAtHand, { path, unique, referent }: Wanted): Json | undefined {
  // The few suggested ones would soon be taken where each may be there once.
  const [canonical] = attribute.uniqueness.toLowerCase() === 'none' ? attribute.canonicalValues : []
  switch (attribute.type.toLowerCase()) {
    case 'boolean':
      return true
    case 'integer':
      return canonical === undefined ? numberFor(attribute, unique) : Number(canonical)
    case 'decimal':
      return canonical === undefined ? numberFor(attribute, unique) + 0.5 : Number(canonical)
    case 'datetime':
      return canonical ?? '2024-02-29T12:34:56Z'
    case 'binary':
      return (
        canonical ??
        (path.startsWith('x509certificates') ? certificate : Buffer.from(unique()).toString('base64'))
      )
    case 'reference':
      return canonical ?? referenceFor(attribute, unique, referent)
    default:
      return canonical ?? textFor(path, unique)
  }
}

/** Small where any number will do; where nobody else may have it, one that nobody is likely to have. */
const numberFor = ({ uniqueness }: AttributeAtHand, unique: () => string): number =>
  uniqueness.toLowerCase() === 'none' ? 7 : createHash('sha256').update(unique()).digest().readUIntBE(0, 3)

function textFor(path: string, unique: () => string): string {
  const [, value = (text: string) => text] = known.find(([ending]) => ending.test(path)) ?? []
  return value(unique())
}

/** RFC 7643 §2.3.7: resource types are named by their names, other addresses are `external` or `uri`. */
function referenceFor(
  { referenceTypes, required }: AttributeAtHand,
  unique: () => string,
  referent: FindReferent | undefined,
): string | undefined {
  if (pointsToResources(referenceTypes)) return required ? referent?.(referenceTypes)?.url : undefined
  return referenceTypes.includes('uri') && !referenceTypes.includes('external')
    ? `urn:${unique().replaceAll(/[^a-z0-9]/gi, '-')}:made`
    : `https://scim-check.example/${unique()}`
}
