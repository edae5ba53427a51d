import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { at, attributeOf, needWritable, sortedValues, textOf, writable } from '../../tools/attributes.ts'
import { needEffect } from '../../tools/patch-users.ts'
import { patched } from '../../tools/patches.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { patchArea } from './areas.ts'

const half = 'The client is told that it failed, and sends all of it again upon what was half done.'

/** A request whose second operation has to fail: the first one must not be seen. */
async function failing(stage: Stage) {
  const text = textOf(stage.users)
  const made = await stage.create(stage.users, { [text]: stage.unique() })
  await needEffect(stage, made, text)
  const before = await readAgain(stage, made.path)
  const answer = await stage.patch(
    made.path,
    { op: 'replace', path: text, value: stage.unique() },
    { op: 'remove', path: 'userName' },
  )
  if (answer.status < 400) skip('Removing userName isn’t refused.')
  return { text, before, after: await readAgain(stage, made.path), answer }
}

export const checks: readonly Check[] = checksOf(patchArea, [
  {
    id: 'in-order',
    level: 'SHOULD',
    says: 'Operations are carried out in order: the last value stays.',
    requirements: ['R-171'],
    matters: 'What was set last is lost.',
    mend: 'Apply each operation to the result of the one before.',
    run: async stage => {
      const text = textOf(stage.users)
      const made = await stage.create(stage.users)
      const values = ['one', 'two', 'three'].map(name => stage.unique(name))
      const operations = values.map(value => ({ op: 'replace', path: text, value }))
      const { body, answer } = await patched(stage, made, ...operations)
      expectEqual(at(body, text), values[2], text, answer)
    },
  },
  {
    id: 'on-the-result-before',
    level: 'SHOULD',
    says: 'An operation sees what the one before it did.',
    requirements: ['R-171'],
    matters: 'Clients that add a value and then change it are refused.',
    mend: 'Apply each operation to the result of the one before.',
    run: async stage => {
      needWritable(stage.users, 'emails.value', 'emails.type')
      const made = await stage.create(stage.users)
      const mark = stage.unique()
      const { body, answer } = await patched(
        stage,
        made,
        { op: 'add', path: 'emails', value: [{ type: 'home', value: `old-${mark}@example.com` }] },
        { op: 'replace', path: 'emails[type eq "home"].value', value: `new-${mark}@example.com` },
      )
      const emails = sortedValues(body, 'emails')
      expectThat(emails.includes(`new-${mark}@example.com`), 'the new address', emails, answer)
      expectThat(!emails.includes(`old-${mark}@example.com`), 'no old address', emails, answer)
    },
  },
  {
    id: 'all-or-nothing',
    level: 'MUST',
    says: 'When one operation fails, none is carried out.',
    requirements: ['R-172'],
    matters: half,
    mend: 'Apply all operations to a copy, and store it when all went well.',
    run: async stage => {
      const { text, before, after, answer } = await failing(stage)
      expectEqual(at(after, text), at(before, text), text, answer)
    },
  },
  {
    id: 'nothing-moves-on-failure',
    level: 'MUST',
    says: 'A PATCH that fails doesn’t move meta.lastModified or meta.version.',
    requirements: ['R-172'],
    matters: 'Clients that query for changes get one that wasn’t made.',
    mend: 'Write nothing at all when an operation fails.',
    run: async stage => {
      const { before, after, answer } = await failing(stage)
      if (at(before, 'meta', 'lastModified') === undefined && at(before, 'meta', 'version') === undefined)
        skip('There is no meta.lastModified and no meta.version.')
      for (const name of ['lastModified', 'version'])
        expectEqual(at(after, 'meta', name), at(before, 'meta', name), `meta.${name}`, answer)
    },
  },
  {
    id: 'members-all-or-nothing',
    level: 'MUST',
    says: 'When one operation on a group fails, its members stay as they were.',
    requirements: ['R-172'],
    needs: ['groups'],
    matters: half,
    mend: 'Change memberships in the same transaction as the rest.',
    run: async stage => {
      writable(stage.groups, 'members')
      const user = await stage.create(stage.users)
      const group = await stage.create(stage.groups)
      const add = { op: 'add', path: 'members', value: [{ value: user.id }] }
      const control = await patched(stage, await stage.create(stage.groups), add)
      if (sortedValues(control.body, 'members').length === 0)
        followsFrom('Adding a member has no effect', 'rfc/patch-members/add')
      const answer = await stage.patch(group.path, add, { op: 'replace', path: 'id', value: 'another' })
      if (answer.status < 400) skip('Changing the id isn’t refused.')
      expectEqual(sortedValues(await readAgain(stage, group.path), 'members'), [], 'members', answer)
    },
  },
  {
    id: 'unique',
    level: 'MUST',
    says: 'A PATCH with a userName that another user has is refused with 409 or 400.',
    source: 'RFC 7644 §3.12',
    requirements: ['R-172'],
    matters: 'Two people would have one name, and the next look-up finds the wrong one.',
    mend: 'Check uniqueness on PATCH as on POST: 409, scimType uniqueness.',
    run: async stage => {
      if (attributeOf(stage.users, 'userName')?.uniqueness === 'none') skip('userName isn’t unique here.')
      const [first, second] = [await stage.create(stage.users), await stage.create(stage.users)]
      const value = first.sent.userName ?? skip('Users have no userName.')
      await needEffect(stage, second, textOf(stage.users))
      expectStatus(await stage.patch(second.path, { op: 'replace', path: 'userName', value }), 409, 400)
    },
  },
])
