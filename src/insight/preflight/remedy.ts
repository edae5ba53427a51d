import { inGroupMapping, inScope, inUserMapping } from '../../profiles/entra-pages.ts'
import type { AttributeViolation } from '../../profiles/profile.ts'
import {
  type AttributeMapping,
  type ObjectMapping,
  parseTargetPath,
} from '../../provisioning/entra/mapping/mapping.ts'
import { adviceFor } from '../../provisioning/entra/planning/responses.ts'
import type { ErrorReason } from '../../scim/error.ts'

type Fix = { readonly target: string; readonly source: string }

export type Remedy = { readonly remedy: string; readonly fix?: Fix }

export type ObjectKind = 'user' | 'group'

export const plainPath = (target: string): string => {
  const { extension, attribute, sub } = parseTargetPath(target)
  return `${extension === undefined ? '' : `${extension}:`}${attribute}${sub === undefined ? '' : `.${sub}`}`
}

export const linesFor = ({ attributes }: ObjectMapping, path: string): readonly AttributeMapping[] => {
  const folded = path.toLowerCase()
  return attributes.filter(({ target }) => {
    const known = plainPath(target).toLowerCase()
    return known === folded || folded.startsWith(`${known}.`) || known.startsWith(`${folded}.`)
  })
}

export const sourceOf = ({ written }: AttributeMapping): string =>
  /^[A-Za-z_]\w*$/.test(written.trim()) ? `[${written.trim()}]` : written

const inMapping = (kind: ObjectKind) => (kind === 'user' ? inUserMapping : inGroupMapping)

export function remedyForAttribute(
  kind: ObjectKind,
  { path, kind: violation, maximum, characters = '' }: AttributeViolation,
  mapping: ObjectMapping,
  rule: string,
): Remedy {
  const lines = linesFor(mapping, path)
  const [line] = lines
  const place = inMapping(kind)
  if (!line) return { remedy: violation === 'missing' ? place(`add a mapping to ${path}.`) : rule }
  const source = sourceOf(line)
  switch (violation) {
    case 'missing':
      return line.matching === undefined
        ? change(kind, line, `IIF(IsPresent(${source}), ${source}, "-")`, 'or enter a value in the directory')
        : {
            remedy: `Enter a value for ${source} in the directory, or ${place(`map ${line.target} to an attribute that every ${kind} has.`)}`,
          }
    case 'too-long':
      return maximum === undefined
        ? { remedy: rule }
        : change(kind, line, `Mid(${source}, 1, ${maximum})`, 'or shorten the value in the directory')
    case 'characters':
      return characters === ''
        ? { remedy: rule }
        : change(
            kind,
            line,
            `Replace(${source}, , "${patternOf(characters)}", , "", , )`,
            'or correct the value in the directory',
          )
    case 'too-many':
      return {
        remedy: place(`keep one of the mappings to ${lines.map(({ target }) => target).join(', ')}.`),
      }
    case 'unsupported':
      return { remedy: place(`delete the mapping to ${line.target}.`) }
    case 'empty':
    case 'reserved':
      return { remedy: rule }
  }
}

const change = (kind: ObjectKind, { target }: AttributeMapping, source: string, or: string): Remedy => ({
  remedy: inMapping(kind)(`change the source of ${target} to ${source}, ${or}.`),
  fix: { target, source },
})

const patternOf = (characters: string): string =>
  [...characters]
    .map(character =>
      Array.from(
        { length: character.length },
        (_, at) => `\\\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
      ).join(''),
    )
    .join('|')

export function remedyForError(
  kind: ObjectKind,
  reason: ErrorReason,
  line: AttributeMapping | undefined,
  detail: string,
): Remedy {
  switch (reason) {
    case 'uniqueness':
      return uniquenessRemedy(kind, line)
    case 'noSuchMember':
      return {
        remedy: inScope('assign the inner groups themselves instead of the group that contains them.'),
      }
    case 'quotaExceeded':
      return { remedy: inScope(`assign fewer ${kind}s, or ask the provider for a higher quota.`) }
    default:
      return {
        remedy: line
          ? `Correct the value of ${sourceOf(line)} in the directory, or ${inMapping(kind)(`change the source of ${line.target}.`)}`
          : detail,
      }
  }
}

function uniquenessRemedy(kind: ObjectKind, line: AttributeMapping | undefined): Remedy {
  if (!line) return { remedy: 'Make the value unique in the directory.' }
  return plainPath(line.target).toLowerCase() === 'externalid' && sourceOf(line) !== '[objectId]'
    ? change(kind, line, '[objectId]', 'which is unique and never changes')
    : { remedy: `Make ${sourceOf(line)} unique in the directory: another ${kind} has the same value.` }
}

export const remedyForCode = (code: string): Remedy => ({ remedy: adviceFor(code) })
