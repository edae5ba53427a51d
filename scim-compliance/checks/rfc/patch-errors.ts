import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../expect.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { patchOpUrn } from '../../urns.ts'
import { at, attributeOf, needWritable, sortedValues, textOf, writable } from '../tools/attributes.ts'
import { checksOf, refusalsOf } from '../tools/checks-of.ts'
import { patched, patchOfNew } from '../tools/patches.ts'
import { readAgain } from '../tools/read.ts'

const common = {
  area: 'patch',
  section: 'PATCH',
  source: 'RFC 7644 §3.5.2',
  needs: ['write', 'users', 'patch'],
} as const

const silent = 'The client believes that its change was made, and never sends it again.'
const half = 'The client is told that it failed, and sends all of it again upon what was half done.'

/** A PATCH of a new user with any body. */
const raw = async (stage: Stage, body: Json): Promise<Answer> =>
  stage.send('PATCH', (await stage.create(stage.users)).path, { body })

const good = ({ users }: Stage): JsonObject => ({ op: 'add', path: textOf(users), value: 'New' })

/** A request whose second operation has to fail: the first one must not be seen. */
async function failing(stage: Stage) {
  const text = textOf(stage.users)
  const made = await stage.create(stage.users, { [text]: stage.unique() })
  const before = await readAgain(stage, made.path)
  const answer = await stage.patch(
    made.path,
    { op: 'replace', path: text, value: stage.unique() },
    { op: 'remove', path: 'userName' },
  )
  if (answer.status < 400) skip('Removing userName isn’t refused.')
  return { text, before, after: await readAgain(stage, made.path), answer }
}

export const checks: readonly Check[] = [
  ...checksOf(common, [
    {
      id: 'in-order',
      level: 'MUST',
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
      level: 'MUST',
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
      matters: 'Whoever asks for what is new is told of a change that wasn’t made.',
      mend: 'Write nothing at all when an operation fails.',
      run: async stage => {
        const { before, after, answer } = await failing(stage)
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
        const answer = await stage.patch(
          group.path,
          { op: 'add', path: 'members', value: [{ value: user.id }] },
          { op: 'replace', path: 'id', value: 'another' },
        )
        if (answer.status < 400) skip('Changing the id isn’t refused.')
        expectEqual(sortedValues(await readAgain(stage, group.path), 'members'), [], 'members', answer)
      },
    },
    {
      id: 'unique',
      level: 'MUST',
      says: 'A userName that is taken isn’t given a second time: 409.',
      source: 'RFC 7644 §3.12',
      requirements: ['R-172'],
      matters: 'Two people would have one name, and the next look-up finds the wrong one.',
      mend: 'Check uniqueness on PATCH as on POST: 409, scimType uniqueness.',
      run: async stage => {
        if (attributeOf(stage.users, 'userName')?.uniqueness === 'none') skip('userName isn’t unique here.')
        const [first, second] = [await stage.create(stage.users), await stage.create(stage.users)]
        const value = first.sent.userName ?? skip('Users have no userName.')
        expectStatus(await stage.patch(second.path, { op: 'replace', path: 'userName', value }), 409)
      },
    },
  ]),
  ...refusalsOf(common, [
    {
      id: 'refuses-no-schema',
      says: 'A body that doesn’t name the PatchOp schema is refused.',
      requirements: ['R-167'],
      matters: 'What was meant as something else is taken for a PATCH.',
      mend: `Answer a body whose schemas lack ${patchOpUrn} with 400 and invalidSyntax.`,
      scimTypes: ['invalidSyntax', 'invalidValue'],
      send: stage => raw(stage, { Operations: [good(stage)] }),
    },
    {
      id: 'refuses-no-operations',
      says: 'A body without Operations is refused.',
      requirements: ['R-168'],
      matters: silent,
      mend: 'Answer it with 400 and invalidSyntax.',
      send: stage => raw(stage, { schemas: [patchOpUrn] }),
    },
    {
      id: 'refuses-empty-operations',
      says: 'A body with an empty list of Operations is refused.',
      requirements: ['R-168'],
      matters: silent,
      mend: 'Answer it with 400 and invalidSyntax.',
      send: stage => raw(stage, { schemas: [patchOpUrn], Operations: [] }),
    },
    {
      id: 'refuses-unknown-op',
      says: 'An operation that is none of add, remove and replace is refused.',
      requirements: ['R-169'],
      matters: silent,
      mend: 'Answer it with 400 and invalidSyntax.',
      scimTypes: ['invalidSyntax', 'invalidValue'],
      send: stage => patchOfNew(stage, { ...good(stage), op: 'change' }),
    },
    {
      id: 'refuses-no-op',
      says: 'An operation without op is refused.',
      requirements: ['R-169'],
      matters: silent,
      mend: 'Answer it with 400 and invalidSyntax.',
      send: stage => patchOfNew(stage, { path: textOf(stage.users), value: 'New' }),
    },
    {
      id: 'refuses-add-no-value',
      says: 'add without value is refused.',
      source: 'RFC 7644 §3.5.2.1',
      requirements: ['R-177'],
      matters: silent,
      mend: 'Answer it with 400 and invalidValue.',
      scimTypes: ['invalidValue', 'invalidSyntax'],
      send: stage => patchOfNew(stage, { op: 'add', path: textOf(stage.users) }),
    },
    ...['title]', 'emails[type eq "work"', 'name..givenName', '[type eq "work"]'].map((path, index) => ({
      id: `refuses-bad-path-${index + 1}`,
      says: `A path that can’t be read is refused: \`${path}\`.`,
      requirements: ['R-170'],
      matters: silent,
      mend: 'Answer it with 400 and invalidPath.',
      ...(index === 0 && { scimTypes: ['invalidPath', 'invalidFilter', 'noTarget'] }),
      send: (stage: Stage) => patchOfNew(stage, { op: 'replace', path, value: 'New' }),
    })),
    {
      id: 'refuses-bad-filter',
      says: 'A path whose filter can’t be read is refused: `emails[type like "work"].value`.',
      requirements: ['R-170'],
      matters: silent,
      mend: 'Answer it with 400 and invalidFilter.',
      scimTypes: ['invalidFilter', 'invalidPath'],
      send: stage => {
        writable(stage.users, 'emails')
        return patchOfNew(stage, {
          op: 'replace',
          path: 'emails[type like "work"].value',
          value: 'a@example.com',
        })
      },
    },
    {
      id: 'refuses-unknown-attribute',
      says: 'A path to an attribute that there isn’t is refused.',
      requirements: ['R-173'],
      matters: silent,
      mend: 'Answer it with 400 and invalidPath.',
      scimTypes: ['invalidPath', 'noTarget', 'invalidValue'],
      send: stage => patchOfNew(stage, { op: 'replace', path: 'nonsuchAttribute', value: 'New' }),
    },
    {
      id: 'refuses-read-only',
      says: 'Changing a read-only attribute is refused: id.',
      requirements: ['R-173'],
      matters: silent,
      mend: 'Answer it with 400 and mutability.',
      scimTypes: ['mutability'],
      send: stage => patchOfNew(stage, { op: 'replace', path: 'id', value: 'another' }),
    },
    {
      id: 'refuses-read-only-meta',
      says: 'Changing a read-only part is refused: meta.created.',
      requirements: ['R-173'],
      matters: silent,
      mend: 'Answer it with 400 and mutability.',
      send: stage =>
        patchOfNew(stage, { op: 'replace', path: 'meta.created', value: '2001-01-01T00:00:00Z' }),
    },
    {
      id: 'refuses-wrong-type',
      says: 'A value of another type is refused: a number for a text.',
      requirements: ['R-173'],
      matters: 'Values come back that other clients can’t read.',
      mend: 'Check values against the schema: 400 and invalidValue.',
      scimTypes: ['invalidValue', 'invalidSyntax'],
      send: stage =>
        patchOfNew(stage, { op: 'replace', path: textOf(stage.users), value: { not: ['a', 'text'] } }),
    },
  ]),
]
