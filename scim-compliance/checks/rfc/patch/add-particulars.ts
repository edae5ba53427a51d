import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, skip } from '../../../expect.ts'
import { at, sortedValues, textOf, valuesAt } from '../../tools/attributes.ts'
import { primariesIn, withPrimary } from '../../tools/emails.ts'
import { expectDisabled, needEffect } from '../../tools/patch-users.ts'
import { expectPatched, patched } from '../../tools/patches.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { withAddressToAdd } from './address-to-add.ts'
import { patchAddArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(patchAddArea, [
  {
    id: 'what-is-there',
    level: 'SHOULD',
    says: 'add of a value that is already there succeeds and doesn’t double it.',
    requirements: ['R-180'],
    matters: 'Clients that send a value again are refused, or find it twice.',
    mend: 'Compare the value with those that are there, and leave equal ones out.',
    run: async stage => {
      const { made, address, home } = await withAddressToAdd(stage)
      const control = await patched(stage, made, { op: 'add', path: 'emails', value: [home] })
      if (!sortedValues(control.body, 'emails').includes(address('home')))
        followsFrom('Adding an address has no effect', 'rfc/patch-add/appends-list')
      const value = [{ type: 'work', value: address('work') }]
      const { body, answer } = await patched(stage, made, { op: 'add', path: 'emails', value })
      expectEqual(sortedValues(body, 'emails'), ['home', 'other', 'work'].map(address), 'emails', answer)
    },
  },
  {
    id: 'what-is-there-moves-nothing',
    level: 'MUST',
    says: 'add of a value that is already there doesn’t move meta.lastModified.',
    requirements: ['R-180'],
    matters: 'Each run of a client looks like a change of everybody to whoever asks for what is new.',
    mend: 'Write only when something differs.',
    run: async stage => {
      const text = textOf(stage.users)
      const value = stage.unique()
      const made = await stage.create(stage.users, { [text]: value })
      await needEffect(stage, made, text)
      await expectPatched(stage, made.path, { op: 'add', path: text, value })
      const before = await readAgain(stage, made.path)
      const modified = at(before, 'meta', 'lastModified') ?? skip('There is no meta.lastModified.')
      const { body, answer } = await patched(stage, made, { op: 'add', path: text, value })
      expectEqual(at(body, 'meta', 'lastModified'), modified, 'meta.lastModified', answer)
    },
  },
  {
    id: 'creates-filtered-value',
    level: 'practice',
    says: 'add to `emails[type eq "home"].value` makes such a value where there is none.',
    requirements: ['R-181'],
    matters:
      'Entra ID sets addresses and numbers like this; where it is refused, the whole user stays in escrow.',
    mend: 'Make a value with what the filter says when none matches an add.',
    run: async stage => {
      const { made, address } = await withAddressToAdd(stage)
      const change = { op: 'add', path: 'emails[type eq "home"].value', value: address('home') }
      const { body, answer } = await patched(stage, made, change)
      const home = valuesAt(body, 'emails').find(({ type }) => type === 'home')
      expectEqual(home?.value, address('home'), 'value of the home address', answer)
    },
  },
  {
    id: 'moves-primary',
    level: 'MUST',
    says: 'Making a value primary makes the others not.',
    source: 'RFC 7644 §3.5.2',
    requirements: ['R-174'],
    matters: 'With two primary addresses, mail goes to the old one.',
    mend: 'Set primary of all others to false when one becomes primary.',
    run: async stage => {
      const { made, address } = await withPrimary(stage, 'other')
      const change = {
        op: 'add',
        path: 'emails',
        value: [{ type: 'home', value: address('home'), primary: true }],
      }
      const answer = await stage.patch(made.path, change)
      if (answer.status >= 400) followsFrom('Adding an address is refused', 'rfc/patch-add/appends-list')
      const primary = primariesIn(await readAgain(stage, made.path)).map(({ value }) => value ?? null)
      expectEqual(primary, [address('home')], 'primary addresses', answer)
    },
  },
  {
    id: 'boolean',
    level: 'SHOULD',
    says: 'add of false is a value, not nothing.',
    requirements: ['R-179'],
    matters: 'People who leave stay active.',
    mend: 'Tell false from a missing value.',
    run: stage => expectDisabled(stage, { op: 'add', path: 'active', value: false }),
  },
  {
    id: 'externalId',
    level: 'SHOULD',
    says: 'add sets externalId.',
    requirements: ['R-179'],
    matters: 'Clients match by it from then on; without it, people are made twice.',
    mend: 'Let externalId be changed as every other attribute.',
    run: async stage => {
      const value = stage.unique()
      const made = await stage.create(stage.users)
      if (made.body.externalId !== undefined) skip('The server sets externalId itself.')
      const answer = await stage.patch(made.path, { op: 'add', path: 'externalId', value })
      expectStatus(answer, 200, 204)
      expectEqual((await readAgain(stage, made.path)).externalId, value, 'externalId', answer)
    },
  },
])
