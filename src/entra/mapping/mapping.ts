import { resolveAttribute } from '../../scim/attribute.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import type { Expression } from './expression-tree.ts'
import { MappingError } from './fields.ts'
import type { ScopingFilter } from './scoping-filter.ts'

/** One line of the mapping page. */
export type AttributeMapping = {
  readonly source: Expression
  /** The source as it was written: `[mailNickname]`, `Switch([IsSoftDeleted], , "False","True","True","False")`. */
  readonly written: string
  /** The SCIM attribute in Entra's notation: `emails[type eq "work"].value`, `urn:…:2.0:User:manager`. */
  readonly target: string
  /** Matching precedence, 1 first; absent for attributes that aren't matched by. */
  readonly matching?: number
  /** Taken when the source gives nothing. */
  readonly otherwise?: string
  readonly flow: 'always' | 'onCreate'
  /** The value is the objectId of another object, and leaves as its id in the target. */
  readonly reference?: true
}

export type TargetActions = { readonly create: boolean; readonly update: boolean; readonly delete: boolean }

export type ObjectMapping = {
  readonly enabled: boolean
  readonly actions: TargetActions
  /** Any of them has to hold; none means everything is in scope. */
  readonly scope: readonly ScopingFilter[]
  readonly attributes: readonly AttributeMapping[]
}

export type Mapping = { readonly users: ObjectMapping; readonly groups: ObjectMapping }

/** A target attribute of a mapping, read: `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:manager`. */
export type TargetPath = {
  /** As the mapping has it, which is also the path of a PATCH operation. */
  readonly text: string
  /** The URN of an extension; absent for attributes of the core schemas. */
  readonly extension?: string
  readonly attribute: string
  /** Which values of a list are meant. */
  readonly filter?: { readonly attribute: string; readonly value: string }
  readonly sub?: string
  /** By the core schemas; of attributes of other extensions nothing is known. */
  readonly isBoolean: boolean
}

const pathPattern =
  /^(?:(urn:.+):)?([$A-Za-z][\w$-]*)(?:\[\s*([A-Za-z][\w-]*)\s+eq\s+(?:"([^"\\]*)"|(\w+))\s*\])?(?:\.([$A-Za-z][\w$-]*))?$/i
const coreUrn = /^urn:ietf:params:scim:schemas:core:2\.0:(User|Group)$/i

const parsedPaths = new Map<string, TargetPath>()

/** Reads a target attribute; each once, however many objects are mapped to it. Throws MappingError. */
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
        `"${text}" is no target attribute. Write it as attribute, attribute.sub, attribute[type eq "work"].sub, ` +
        'or with the URN of its schema before it.',
    })
  }
  const extension = urn === undefined || coreUrn.test(urn) ? undefined : urn
  return {
    text: text.trim(),
    ...(extension !== undefined && { extension }),
    attribute,
    ...(filtered !== undefined && { filter: { attribute: filtered, value: quoted ?? bare ?? '' } }),
    ...(sub !== undefined && { sub }),
    isBoolean: isBoolean(
      [...(extension ? [extension, ':'] : []), attribute, ...(sub ? ['.', sub] : [])].join(''),
    ),
  }
}

const isBoolean = (name: string) =>
  [userType, groupType].some(type => resolveAttribute(type, name)?.at(-1)?.type === 'boolean')

/** RFC 7643 §4.3. Entra writes it apart from the other attributes, once both users are there. */
export const managerTarget = parseTargetPath(
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
)
