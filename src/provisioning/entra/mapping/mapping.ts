import { resolveAttribute } from '../../../scim/attribute.ts'
import { enterpriseUserSchema, groupType, userType } from '../../../scim/core-schemas.ts'
import { compact } from '../../../scim/json.ts'
import { MappingError } from './fields.ts'
import type { ScopingFilter } from './scoping-filter.ts'
import type { Expression } from './values.ts'

export type AttributeMapping = {
  readonly source: Expression
  readonly written: string
  /** The SCIM attribute in Entra's notation: `emails[type eq "work"].value`, `urn:…:2.0:User:manager`. */
  readonly target: string
  readonly matching?: number
  readonly defaultValue?: string
  readonly flow: 'always' | 'onCreate'
  /** The value is the objectId of another object and is sent as that object's id in the target. */
  readonly reference?: true
}

export type TargetActions = { readonly create: boolean; readonly update: boolean; readonly delete: boolean }

export type ObjectMapping = {
  readonly enabled: boolean
  readonly actions: TargetActions
  /** At least one must match; without filters every object is in scope. */
  readonly scope: readonly ScopingFilter[]
  readonly attributes: readonly AttributeMapping[]
}

export type Mapping = { readonly users: ObjectMapping; readonly groups: ObjectMapping }

export const matchingAttributes = ({ attributes }: ObjectMapping): readonly AttributeMapping[] =>
  attributes
    .filter(({ matching }) => matching !== undefined)
    .toSorted((one, other) => (one.matching ?? 0) - (other.matching ?? 0))

export type TargetPath = {
  readonly text: string
  readonly extension?: string
  readonly attribute: string
  readonly filter?: { readonly attribute: string; readonly value: string }
  readonly sub?: string
  readonly isBoolean: boolean
}

const pathPattern =
  /^(?:(urn:.+):)?([$A-Za-z][\w$-]*)(?:\[\s*([A-Za-z][\w-]*)\s+eq\s+(?:"([^"\\]*)"|(\w+))\s*\])?(?:\.([$A-Za-z][\w$-]*))?$/i
const coreUrn = /^urn:ietf:params:scim:schemas:core:2\.0:(User|Group)$/i

const parsedPaths = new Map<string, TargetPath>()

/** Parses a target attribute; results are cached by text. Throws MappingError. */
export function parseTargetPath(text: string): TargetPath {
  const found = parsedPaths.get(text) ?? readTargetPath(text)
  parsedPaths.set(text, found)
  return found
}

function readTargetPath(text: string): TargetPath {
  const [, urn, attribute, filtered, quoted, bare, sub] = pathPattern.exec(text.trim()) ?? []
  if (attribute === undefined) {
    throw new MappingError({
      place: '',
      text:
        `"${text}" is not a target attribute. Write attribute, attribute.sub or attribute[type eq "work"].sub, ` +
        'optionally prefixed with the URN of its schema.',
    })
  }
  const extension = urn === undefined || coreUrn.test(urn) ? undefined : urn
  return {
    text: text.trim(),
    ...compact({ extension }),
    attribute,
    ...(filtered !== undefined && { filter: { attribute: filtered, value: quoted ?? bare ?? '' } }),
    ...compact({ sub }),
    isBoolean: isBoolean(
      [...(extension ? [extension, ':'] : []), attribute, ...(sub ? ['.', sub] : [])].join(''),
    ),
  }
}

const isBoolean = (name: string) =>
  [userType, groupType].some(type => resolveAttribute(type, name)?.at(-1)?.type === 'boolean')

/** RFC 7643 §4.3. Entra writes it separately, once both users are in the target. */
export const managerTarget = parseTargetPath(`${enterpriseUserSchema.id}:manager`)
