import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Stage } from '../../stage.ts'
import { at, sortedValues, textOf, valuesAt } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { primariesIn, withAddresses, withPrimary } from '../tools/emails.ts'
import { expectDisabled, expectGivesText, expectName, expectReplacesText } from '../tools/patch-users.ts'
import { patched } from '../tools/patches.ts'
import { readAgain } from '../tools/read.ts'

const lost =
  'Entra ID, Okta and others add what was set in the directory; where it doesn’t arrive, they add it at each run.'

/** Somebody with two addresses, and a third one to give them. */
async function withAddressToAdd(stage: Stage) {
  const found = await withAddresses(stage, 'work', 'other')
  const home: JsonObject = { type: 'home', value: found.address('home') }
  return { ...found, home }
}

export const checks: readonly Check[] = checksOf(
  {
    area: 'patch-add',
    section: 'PATCH add',
    source: 'RFC 7644 §3.5.2.1',
    needs: ['write', 'users', 'patch'],
  },
  [
    {
      id: 'single-value',
      level: 'MUST',
      says: 'add gives an attribute a value that it hadn’t.',
      requirements: ['R-179'],
      matters: lost,
      mend: 'Set the attribute that path names.',
      run: stage => expectGivesText(stage, (path, value) => ({ op: 'add', path, value })),
    },
    {
      id: 'single-value-replaces',
      level: 'MUST',
      says: 'add to a single-valued attribute that has a value replaces it.',
      requirements: ['R-179'],
      matters: 'Entra ID sends add also for changes; the old title or department stays.',
      mend: 'Treat add to a single-valued attribute as replace.',
      run: stage => expectReplacesText(stage, (path, value) => ({ op: 'add', path, value })),
    },
    {
      id: 'appends-list',
      level: 'MUST',
      says: 'add of a list to a multi-valued attribute keeps what was there.',
      requirements: ['R-179'],
      matters: 'Adding an address takes the others away.',
      mend: 'Append the values to those that are there.',
      run: async stage => {
        const { made, address, home } = await withAddressToAdd(stage)
        const change = { op: 'add', path: 'emails', value: [home] }
        const { body, answer } = await patched(stage, made, change)
        expectEqual(sortedValues(body, 'emails'), ['home', 'other', 'work'].map(address), 'emails', answer)
      },
    },
    {
      id: 'appends-object',
      level: 'MUST',
      says: 'add of one object to a multi-valued attribute appends it.',
      requirements: ['R-179'],
      matters: lost,
      mend: 'Take a single object as a list of one.',
      run: async stage => {
        const { made, address, home } = await withAddressToAdd(stage)
        const { body, answer } = await patched(stage, made, { op: 'add', path: 'emails', value: home })
        const emails = sortedValues(body, 'emails')
        expectThat(emails.includes(address('home')), `emails with ${address('home')}`, emails, answer)
      },
    },
    {
      id: 'merges-complex',
      level: 'MUST',
      says: 'add to a complex attribute keeps the parts that aren’t named.',
      requirements: ['R-179'],
      matters: 'Setting a given name takes the family name away.',
      mend: 'Merge the object of value into the one that is there.',
      run: stage =>
        expectName(
          stage,
          { op: 'add', path: 'name', value: { givenName: 'Anna' } },
          { givenName: 'Anna', familyName: 'Check' },
        ),
    },
    {
      id: 'sub-attribute',
      level: 'MUST',
      says: 'add to `name.givenName` sets just that part.',
      requirements: ['R-170', 'R-179'],
      matters: lost,
      mend: 'Resolve paths with one sub-attribute.',
      run: stage =>
        expectName(
          stage,
          { op: 'add', path: 'name.givenName', value: 'Anna' },
          { givenName: 'Anna', familyName: 'Check' },
        ),
    },
    {
      id: 'no-path',
      level: 'MUST',
      says: 'add without path takes an object of attributes.',
      requirements: ['R-178'],
      matters: 'Okta and Entra ID send several attributes in one operation without path.',
      mend: 'Add each attribute of the object in value as if it were named by a path.',
      run: async stage => {
        const [text, other] = [textOf(stage.users), textOf(stage.users, [textOf(stage.users)])]
        const [value, kept] = [stage.unique(), stage.unique()]
        const made = await stage.create(stage.users, { [other]: kept })
        const { body, answer } = await patched(stage, made, { op: 'add', value: { [text]: value } })
        expectEqual(at(body, text), value, text, answer)
        expectEqual(at(body, other), kept, other, answer)
      },
    },
    {
      id: 'no-path-list',
      level: 'MUST',
      says: 'add without path appends to multi-valued attributes.',
      requirements: ['R-178', 'R-179'],
      matters: 'Adding an address takes the others away.',
      mend: 'Append lists of the object in value to those that are there.',
      run: async stage => {
        const { made, address, home } = await withAddressToAdd(stage)
        const { body, answer } = await patched(stage, made, { op: 'add', value: { emails: [home] } })
        const emails = sortedValues(body, 'emails')
        expectThat(emails.includes(address('home')), `emails with ${address('home')}`, emails, answer)
      },
    },
    {
      id: 'no-path-dotted-names',
      level: 'practice',
      says: 'add without path takes names with a dot: `{"name.givenName": "Anna"}`.',
      requirements: ['R-178'],
      matters: 'Entra ID sends such names; they are refused, or forgotten without a word.',
      mend: 'Read the names in value as paths.',
      run: stage =>
        expectName(stage, { op: 'add', value: { 'name.givenName': 'Anna' } }, { givenName: 'Anna' }),
    },
    {
      id: 'what-is-there',
      level: 'MUST',
      says: 'add of a value that is already there succeeds and doesn’t double it.',
      requirements: ['R-180'],
      matters: 'Clients that send a value again are refused, or find it twice.',
      mend: 'Compare the value with those that are there, and leave equal ones out.',
      run: async stage => {
        const { made, address } = await withAddressToAdd(stage)
        const value = [{ type: 'work', value: address('work') }]
        const { body, answer } = await patched(stage, made, { op: 'add', path: 'emails', value })
        expectEqual(sortedValues(body, 'emails'), ['other', 'work'].map(address), 'emails', answer)
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
        const before = await readAgain(stage, made.path)
        const { body, answer } = await patched(stage, made, { op: 'add', path: text, value })
        for (const name of ['lastModified', 'version'])
          expectEqual(at(body, 'meta', name), at(before, 'meta', name), `meta.${name}`, answer)
      },
    },
    {
      id: 'creates-filtered-value',
      level: 'practice',
      says: 'add to `emails[type eq "home"].value` makes such a value where there is none.',
      requirements: ['R-181'],
      matters: 'Entra ID sets addresses and numbers like this; they are refused, and the object is escrowed.',
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
        const { body, answer } = await patched(stage, made, change)
        const primary = primariesIn(body).map(({ value }) => value ?? null)
        expectEqual(primary, [address('home')], 'primary addresses', answer)
      },
    },
    {
      id: 'boolean',
      level: 'MUST',
      says: 'add of false is a value, not nothing.',
      requirements: ['R-179'],
      matters: 'People who leave stay active.',
      mend: 'Tell false from a missing value.',
      run: stage => expectDisabled(stage, { op: 'add', path: 'active', value: false }),
    },
    {
      id: 'externalId',
      level: 'MUST',
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
  ],
)
