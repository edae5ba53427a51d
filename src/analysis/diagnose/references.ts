import { shortList } from '../../journal/attribute-words.ts'
import { shown } from '../../scim/error.ts'
import { type Diagnosis, type Subject, valuesAt } from './diagnosis.ts'
import { inScope, sources } from './entra-pages.ts'

const members = 'members.value'
const manager = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value'

/** The ids of other resources that a request writes. */
export const referencesIn = (subject: Subject): readonly string[] => [
  ...new Set([members, manager].flatMap(path => idsAt(subject, path))),
]

const idsAt = (subject: Subject, path: string) =>
  valuesAt(subject, path).filter(value => typeof value === 'string')

const nobodyAt = (subject: Subject, path: string): readonly string[] => [
  ...new Set(idsAt(subject, path).filter(id => subject.nobody?.has(id))),
]

const quoted = (ids: readonly string[]) => shortList(ids.map(id => `"${shown(id)}"`))

/** Ids that name nobody. */
export const referenceDiagnoses: readonly Diagnosis[] = [
  {
    id: 'client/unresolved-member',
    severity: 'warning',
    title: 'A member who isn’t there',
    reason:
      'The group has the id of somebody who isn’t in the target: AWS refuses such a request, other servers keep an id that leads nowhere.',
    mend: inScope(
      'see that the member is in scope and was created without an error, then restart provisioning.',
    ),
    source: sources.knownIssues,
    basis: 'inferred',
    seenIn: subject => {
      const ids = nobodyAt(subject, members)
      return ids.length === 0 ? undefined : `Nobody has the id ${quoted(ids)}.`
    },
  },
  {
    id: 'client/unresolved-manager',
    severity: 'warning',
    title: 'A manager who isn’t there',
    reason: 'The manager’s id is nobody’s in the target: a reference that leads nowhere.',
    mend: inScope(
      'see that the manager is in scope too, then restart provisioning; or delete the mapping to manager.',
    ),
    source: sources.knownIssues,
    basis: 'documented',
    seenIn: subject => {
      const ids = nobodyAt(subject, manager)
      return ids.length === 0 ? undefined : `Nobody has the id ${quoted(ids)}.`
    },
  },
]
