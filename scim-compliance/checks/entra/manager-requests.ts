import type { CheckContext, CreatedResource } from '../../check.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { flagged, gallery, sources } from './areas.ts'

export const path = `${enterpriseUrn}:manager`

type Row = {
  readonly name: string
  readonly description: string
  readonly source: string
  /** Omitted if every job sends it. */
  readonly when?: string
  readonly sent: (id: string) => JsonObject
}

const set = (op: string, at: string, written: (id: string) => Json) => (id: string) =>
  patchOperation(op, at, written(id))

export const setting: readonly Row[] = [
  {
    name: 'add-text',
    description: 'Add with the manager’s id as a string sets the manager.',
    source: sources.managerText,
    sent: set('Add', path, id => id),
  },
  {
    name: 'flag-add-text',
    description: 'add in lower case with the manager’s id as a string sets the manager.',
    source: sources.managerText,
    when: flagged,
    sent: set('add', path, id => id),
  },
  {
    name: 'add-object',
    description: 'Add with an object that contains value sets the manager.',
    source: sources.tutorial,
    when: 'Entra sends the manager as an object',
    sent: set('Add', path, id => ({ value: id })),
  },
  {
    name: 'documented',
    description: 'Add with the path manager and a list of $ref and value sets the manager.',
    source: sources.tutorial,
    when: 'Entra sends the manager as in Microsoft’s tutorial',
    sent: set('Add', 'manager', id => [{ $ref: `../Users/${id}`, value: id }]),
  },
  {
    name: 'merged',
    description: 'replace without a path, with the URN of manager as a key, sets the manager.',
    source: sources.compatibility,
    when: flagged,
    sent: id => patchOperation('replace', undefined, { [path]: id }),
  },
]

export const removing: readonly (Row & { readonly dialect: string })[] = [
  {
    name: 'replace-with-nothing',
    description: 'Replace with an empty string clears the manager.',
    source: sources.nullUpdate,
    dialect: 'How Entra ID clears a manager isn’t documented. Microsoft’s Logic App tests send this',
    sent: set('Replace', path, () => ''),
  },
  {
    name: 'replace-with-null',
    description: 'Replace with null clears the manager.',
    source: sources.nullUpdate,
    dialect: 'Microsoft’s Logic App tests clear attributes this way',
    when: gallery,
    sent: set('Replace', path, () => null),
  },
  {
    name: 'replace-with-empty-value',
    description: 'replace with {"value": ""} clears the manager.',
    source: sources.validator,
    dialect: 'Microsoft’s validator sends this',
    when: gallery,
    sent: set('replace', path, () => ({ value: '' })),
  },
  {
    name: 'flag-filter',
    description: 'remove of manager[value eq "…"] clears the manager.',
    source: sources.managerFilter,
    dialect: 'With the flag aadOptscim062020, Entra ID sends this, although manager is single-valued',
    when: flagged,
    sent: id => patchOperation('remove', `manager[value eq "${id}"]`),
  },
  {
    name: 'remove',
    description: 'Remove clears the manager.',
    source: 'RFC 7644 §3.5.2.2',
    dialect: 'How Entra ID clears a manager isn’t documented. RFC 7644 defines this way',
    when: 'Entra clears a manager by Remove',
    sent: () => patchOperation('Remove', path),
  },
]

/** As Entra does by default: entra/manager/add-text reports a failure. */
export const setManager = (context: CheckContext, user: CreatedResource, manager: CreatedResource) =>
  expectPatched(context, user.path, patchOperation('Add', path, manager.id))
