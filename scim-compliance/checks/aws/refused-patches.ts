import type { Level } from '../../check.ts'
import type { JsonObject } from '../../json.ts'
import { sources } from './aws-checks.ts'

/** Operations that AWS refuses. */
type Refusal = {
  readonly id: string
  readonly what: string
  readonly level: Level
  readonly source: string
  readonly operations: readonly JsonObject[]
  readonly detail?: RegExp
}

export const refused: readonly Refusal[] = [
  {
    id: 'remove-without-path',
    what: 'A remove without a path',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove' }],
  },
  {
    id: 'add-without-value',
    what: 'An add without a value',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'add', path: 'title' }],
  },
  {
    id: 'no-op',
    what: 'An operation without op',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ path: 'title', value: 'Dispatcher' }],
  },
  {
    id: 'remove-user-name',
    what: 'A remove of userName',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove', path: 'userName' }],
  },
  {
    id: 'remove-active',
    what: 'A remove of active',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove', path: 'active' }],
  },
  {
    id: 'active-twice',
    what: 'More than one operation on active',
    level: 'MUST',
    source: sources.patchUser,
    operations: [
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'active', value: true },
    ],
  },
  {
    id: 'pathless-several',
    what: 'A replace without a path that changes two attributes',
    level: 'SHOULD',
    source: sources.pathless,
    operations: [{ op: 'replace', value: { displayName: 'Mira Stone', title: 'Dispatcher' } }],
    detail: /omitting "path"/,
  },
  {
    id: 'two-emails',
    what: 'An add that makes two e-mail addresses',
    level: 'MUST',
    source: sources.cloudTrail,
    operations: [
      { op: 'add', path: 'emails', value: [{ value: 'second@example.com', type: 'home', primary: false }] },
    ],
  },
  {
    id: 'remove-family-name',
    what: 'A remove of the family name',
    level: 'MAY',
    source: sources.createUser,
    operations: [{ op: 'remove', path: 'name.familyName' }],
  },
  {
    id: 'empty-text',
    what: 'A replace with an empty text',
    level: 'MUST',
    source: sources.cloudTrail,
    operations: [{ op: 'replace', path: 'name.familyName', value: '' }],
  },
]
