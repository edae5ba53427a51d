import { isUnassigned, type Json } from '../../scim/json.ts'
import { excerpt } from '../../scim/text.ts'
import { inUserMapping, withoutFlag } from '../entra-pages.ts'
import type { PatchSubject, Rule } from '../profile.ts'
import { sources } from './sources.ts'

const pathRequired: Rule<PatchSubject> = {
  id: 'interop/path-required',
  description: 'Each operation of a PATCH must have a `path`.',
  source: sources.paths,
  basis: 'documented',
  remedy: 'Send one operation with a path for each attribute.',
  entraRemedy: withoutFlag,
  scimType: 'invalidSyntax',
  check: ({ sent }) => {
    const at = sent.findIndex(operation => !hasPath(operation))
    return at < 0 ? undefined : { detail: `Operations[${at}] has no "path". Send the path of one attribute.` }
  },
}

const hasPath = (operation: Readonly<Record<string, Json>>): boolean =>
  Object.entries(operation).some(([name, value]) => name.toLowerCase() === 'path' && !isUnassigned(value))

const subAttributeRequired: Rule<PatchSubject> = {
  id: 'interop/sub-attribute-required',
  description:
    'A path that selects values of a complex attribute by a filter must end with a sub-attribute, also to remove them. Members are removed by `path: members` and a list of values.',
  source: sources.attributes,
  basis: 'documented',
  remedy: 'Name the sub-attribute after the filter, or write the whole list.',
  entraRemedy: inUserMapping('write targets with a sub-attribute, such as emails[type eq "work"].value.'),
  scimType: 'invalidPath',
  check: ({ operations }) => {
    const target = operations
      .flatMap(({ assignments }) => assignments.map(assignment => assignment.target))
      .find(({ path, where, sub }) => where && !sub && path.at(-1)?.type === 'complex')
    return (
      target && {
        detail: `The path "${excerpt(target.text)}" selects whole values. Add a sub-attribute after the filter.`,
      }
    )
  },
}

export const sentPatchRules = [pathRequired]
export const patchRules = [subAttributeRequired]
