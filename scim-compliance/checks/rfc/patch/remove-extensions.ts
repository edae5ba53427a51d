import type { Check } from '../../../check.ts'
import { expectEqual, skip } from '../../../expect.ts'
import { isObject } from '../../../json.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { at, extended, isUnassigned, textOf, writable } from '../../tools/attributes.ts'
import { patched } from '../../tools/patches.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'
import { patchRemoveArea, removedStays } from './areas.ts'
import { expectUnassigned } from './expect-unassigned.ts'

export const checks: readonly Check[] = checksOf(patchRemoveArea, [
  {
    id: 'unassigned',
    level: 'practice',
    says: 'remove of what has no value succeeds.',
    requirements: ['R-183'],
    matters: 'Clients that make sure that something is gone are refused at each run.',
    mend: 'Return the same response as if the attribute had been removed.',
    run: async stage => {
      const text = textOf(stage.users)
      const made = await stage.create(stage.users, { [text]: stage.unique() })
      const control = await patched(stage, made, { op: 'remove', path: text })
      if (!isUnassigned(at(control.body, text)))
        followsFrom('Removing an attribute has no effect', 'rfc/patch-remove/single-value')
      const { body, answer } = await patched(stage, made, { op: 'remove', path: text })
      expectUnassigned(at(body, text), text, answer)
    },
  },
  {
    id: 'from-extension',
    level: 'MUST',
    says: 'remove by full URN takes an attribute of an extension.',
    requirements: ['R-170', 'R-183'],
    needs: ['enterprise'],
    matters: removedStays,
    mend: 'Resolve paths that begin with the URN of an extension.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      const values = { department: stage.unique(), employeeNumber: stage.unique() }
      const made = await stage.create(stage.users, extended(stage, stage.users, enterpriseUrn, values))
      const change = { op: 'remove', path: `${enterpriseUrn}:department` }
      const { body, answer } = await patched(stage, made, change)
      expectUnassigned(at(body, enterpriseUrn, 'department'), 'department', answer)
    },
  },
  {
    id: 'last-of-extension',
    level: 'practice',
    says: 'When the last attribute of an extension is removed, its URN leaves schemas.',
    source: 'RFC 7644 §3.5.2',
    requirements: ['R-176'],
    needs: ['enterprise'],
    matters: 'Clients look for values of an extension that aren’t there.',
    mend: 'List in schemas just the extensions that have a value.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      const made = await stage.create(
        stage.users,
        extended(stage, stage.users, enterpriseUrn, { department: stage.unique() }),
      )
      const before = at(made.body, enterpriseUrn)
      const names = isObject(before) ? Object.keys(before) : []
      const operations = names.map(name => ({ op: 'remove', path: `${enterpriseUrn}:${name}` }))
      if (operations.length !== 1) skip('The server adds attributes to the extension itself.')
      const { body, answer } = await patched(stage, made, ...operations)
      const { schemas } = body
      expectEqual(Array.isArray(schemas) && schemas.includes(enterpriseUrn), false, 'URN in schemas', answer)
    },
  },
  {
    id: 'several',
    level: 'MUST',
    says: 'Several attributes can be removed at once.',
    requirements: ['R-171', 'R-183'],
    matters: removedStays,
    mend: 'Carry out all operations of a request.',
    run: async stage => {
      const text = textOf(stage.users)
      const other = textOf(stage.users, [text])
      const made = await stage.create(stage.users, { [text]: stage.unique(), [other]: stage.unique() })
      const { body, answer } = await patched(
        stage,
        made,
        { op: 'remove', path: text },
        { op: 'remove', path: other },
      )
      expectUnassigned(at(body, text), text, answer)
      expectUnassigned(at(body, other), other, answer)
    },
  },
])
