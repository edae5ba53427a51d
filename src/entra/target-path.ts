import { resolveName } from '../scim/attribute-name.ts'
import { groupType, userType } from '../scim/core-types.ts'
import { MappingError } from './mapping-error.ts'

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

const shape =
  /^(?:(urn:.+):)?([$A-Za-z][\w$-]*)(?:\[\s*([A-Za-z][\w-]*)\s+eq\s+(?:"([^"\\]*)"|(\w+))\s*\])?(?:\.([$A-Za-z][\w$-]*))?$/i
const coreUrn = /^urn:ietf:params:scim:schemas:core:2\.0:(User|Group)$/i

const known = new Map<string, TargetPath>()

/** Reads a target attribute; each once, however many objects are mapped to it. Throws MappingError. */
export function parseTarget(text: string): TargetPath {
  const found = known.get(text) ?? readTarget(text)
  known.set(text, found)
  return found
}

function readTarget(text: string): TargetPath {
  const [, urn, attribute, filtered, quoted, bare, sub] = shape.exec(text.trim()) ?? []
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
  [userType, groupType].some(type => resolveName(type, name)?.at(-1)?.type === 'boolean')

/** RFC 7643 §4.3. Entra writes it apart from the other attributes, once both users are there. */
export const managerTarget = parseTarget('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager')
