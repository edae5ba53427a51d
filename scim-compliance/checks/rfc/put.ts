import type { Check } from '../../check.ts'
import { expectEqual, expectError, expectStatus, objectIn, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import {
  at,
  attributeOf,
  extended,
  needWritable,
  sortedValues,
  textOf,
  writable,
} from '../tools/attributes.ts'
import { checksOf, refusalsOf } from '../tools/checks-of.ts'
import { withMembers } from '../tools/patches.ts'
import { readAgain } from '../tools/read.ts'

const common = { area: 'put', section: 'PUT', source: 'RFC 7644 §3.5.1', needs: ['write', 'users'] } as const
const lost = 'Clients that replace resources, such as Okta, believe that it is as they sent it; it isn’t.'

/** Somebody with a text, and that user replaced with another. */
async function replaced(stage: Stage, more: (made: Made) => JsonObject = () => ({})) {
  const text = textOf(stage.users)
  const made = await stage.create(stage.users, { [text]: stage.unique() })
  const value = stage.unique()
  const answer = await stage.put(made.path, { ...made.sent, [text]: value, ...more(made) })
  return { text, made, value, answer }
}

/** Two users, the second replaced with the name of the first. */
async function clashing(stage: Stage) {
  if (attributeOf(stage.users, 'userName')?.uniqueness === 'none') skip('userName isn’t unique here.')
  const text = textOf(stage.users)
  const one = await stage.create(stage.users)
  const two = await stage.create(stage.users)
  const body = { ...two.sent, userName: one.sent.userName ?? null, [text]: 'taken over' }
  return { text, two, answer: await stage.put(two.path, body) }
}

export const checks: readonly Check[] = [
  ...checksOf(common, [
    {
      id: 'answers-200',
      level: 'MUST',
      says: 'PUT is answered with 200 and the resource.',
      requirements: ['R-159', 'R-165'],
      matters: lost,
      mend: 'Offer PUT for every type, and answer with the whole resource.',
      run: async stage => {
        const { made, answer } = await replaced(stage)
        expectStatus(answer, 200)
        expectEqual(objectIn(answer).id, made.id, 'id', answer)
      },
    },
    {
      id: 'groups',
      level: 'MUST',
      says: 'Groups can be replaced too.',
      requirements: ['R-159'],
      needs: ['groups'],
      matters: 'Clients that know no PATCH can’t change who is in a group.',
      mend: 'Offer PUT for every type.',
      run: async stage => {
        const made = await stage.create(stage.groups)
        const displayName = stage.unique()
        const answer = await stage.put(made.path, { ...made.sent, displayName })
        expectStatus(answer, 200)
        expectEqual(objectIn(answer).displayName, displayName, 'displayName', answer)
      },
    },
    {
      id: 'members',
      level: 'MUST',
      says: 'The members of a group that is replaced are those that were sent.',
      requirements: ['R-160'],
      needs: ['groups'],
      matters: 'People keep what they should have lost, or lose what they should keep.',
      mend: 'Replace the members with those of the body.',
      run: async stage => {
        writable(stage.groups, 'members')
        const [one, two] = [await stage.create(stage.users), await stage.create(stage.users)]
        const made = await withMembers(stage, [one.id])
        const answer = await stage.put(made.path, { ...made.sent, members: [{ value: two.id }] })
        if (answer.status >= 400) skip('PUT of groups is refused, which is told elsewhere.')
        expectStatus(answer, 200)
        expectEqual(sortedValues(await readAgain(stage, made.path), 'members'), [two.id], 'members', answer)
      },
    },
    {
      id: 'replaces',
      level: 'MUST',
      says: 'Values that were sent replace the old ones.',
      requirements: ['R-160'],
      matters: lost,
      mend: 'Store what PUT brings.',
      run: async stage => {
        const { text, value, made, answer } = await replaced(stage)
        expectStatus(answer, 200)
        expectEqual(at(await readAgain(stage, made.path), text), value, text, answer)
      },
    },
    {
      id: 'answers-as-stored',
      level: 'MUST',
      says: 'The answer shows the new values.',
      requirements: ['R-165'],
      matters: 'Clients keep what they are answered, and see a difference the next time.',
      mend: 'Answer with the resource as it is after the change.',
      run: async stage => {
        const { text, value, answer } = await replaced(stage)
        expectStatus(answer, 200)
        expectEqual(at(answer.body, text), value, text, answer)
      },
    },
    {
      id: 'replaces-lists',
      level: 'MUST',
      says: 'A multi-valued attribute is replaced as a whole.',
      requirements: ['R-160'],
      matters: 'Old addresses stay and mail goes astray.',
      mend: 'Don’t merge lists on PUT.',
      run: async stage => {
        needWritable(stage.users, 'emails.value')
        const mark = stage.unique()
        const emails = (name: string) => [
          { type: 'work', value: `${name}-${mark}@example.com`, primary: true },
        ]
        const made = await stage.create(stage.users, { emails: emails('old') })
        const answer = await stage.put(made.path, { ...made.sent, emails: emails('new') })
        expectStatus(answer, 200)
        const values = sortedValues(await readAgain(stage, made.path), 'emails')
        expectEqual(values, [`new-${mark}@example.com`], 'emails', answer)
      },
    },
    {
      id: 'replaces-extensions',
      level: 'MUST',
      says: 'Attributes of extensions are replaced too.',
      requirements: ['R-160'],
      needs: ['enterprise'],
      matters: lost,
      mend: 'Store what PUT brings below the URN of an extension.',
      run: async stage => {
        writable(stage.users, 'department', enterpriseUrn)
        const made = await stage.create(
          stage.users,
          extended(stage, stage.users, enterpriseUrn, { department: 'Old' }),
        )
        const before = made.sent[enterpriseUrn]
        const values = { ...(typeof before === 'object' ? before : {}), department: 'New' }
        const answer = await stage.put(made.path, { ...made.sent, [enterpriseUrn]: values })
        expectStatus(answer, 200)
        const body = await readAgain(stage, made.path)
        expectEqual(at(body, enterpriseUrn, 'department'), 'New', 'department', answer)
      },
    },
    {
      id: 'null-clears',
      level: 'MUST',
      says: 'null leaves an attribute unassigned.',
      source: 'RFC 7643 §2.5',
      requirements: ['R-161'],
      matters: 'A title or manager that was taken away stays.',
      mend: 'Take null for: no value.',
      run: async stage => {
        const text = textOf(stage.users)
        const made = await stage.create(stage.users, { [text]: stage.unique() })
        const answer = await stage.put(made.path, { ...made.sent, [text]: null })
        expectStatus(answer, 200)
        expectEqual(at(await readAgain(stage, made.path), text) ?? undefined, undefined, text, answer)
      },
    },
    {
      id: 'ignores-read-only',
      level: 'MUST',
      says: 'What is read-only is ignored, not refused and not stored: id and meta.',
      requirements: ['R-163'],
      matters: 'Clients send back what they have read, meta and all, and are refused.',
      mend: 'Leave readOnly attributes of the body out of account.',
      run: async stage => {
        const { made, text, value, answer } = await replaced(stage, ({ body }) => ({
          id: 'another',
          meta: { ...(typeof body.meta === 'object' ? body.meta : {}), created: '2001-01-01T00:00:00Z' },
        }))
        expectStatus(answer, 200)
        const body = await readAgain(stage, made.path)
        expectEqual(body.id, made.id, 'id', answer)
        expectEqual(at(body, text), value, text, answer)
        expectEqual(at(body, 'meta', 'created'), at(made.body, 'meta', 'created'), 'meta.created', answer)
      },
    },
    {
      id: 'takes-what-was-read',
      level: 'MUST',
      says: 'What GET answered can be sent back as it is.',
      requirements: ['R-163'],
      matters: 'Clients that read, change and replace, such as Okta, are refused.',
      mend: 'Accept your own answers as bodies of PUT.',
      run: async stage => {
        const made = await stage.create(stage.users)
        expectStatus(await stage.put(made.path, await readAgain(stage, made.path)), 200)
      },
    },
    {
      id: 'clash',
      level: 'MUST',
      says: 'Replacing somebody with a userName that is taken is 409.',
      requirements: ['R-165'],
      matters: 'Two people would have one name, and the next look-up finds the wrong one.',
      mend: 'Check uniqueness on PUT as on POST: 409, scimType uniqueness.',
      run: async stage => expectError((await clashing(stage)).answer, 409),
    },
    {
      id: 'clash-changes-nothing',
      level: 'MUST',
      says: 'A refused PUT leaves the resource as it was.',
      requirements: ['R-165'],
      matters: 'Half of a change is stored, though the client was told that it failed.',
      mend: 'Do it all in one transaction, or check everything first.',
      run: async stage => {
        const { text, two, answer } = await clashing(stage)
        if (answer.status < 400) skip('It isn’t refused.')
        const body = await readAgain(stage, two.path)
        expectEqual(at(body, 'userName'), at(two.body, 'userName'), 'userName', answer)
        expectEqual(at(body, text), at(two.body, text), text, answer)
      },
    },
  ]),
  ...refusalsOf(common, [
    {
      id: 'refuses-missing-required',
      says: 'PUT without a required attribute is refused.',
      requirements: ['R-164'],
      matters: 'A resource without its name can’t be found any more.',
      mend: 'Check required attributes on PUT as on POST.',
      scimTypes: ['invalidValue', 'invalidSyntax'],
      send: async stage => {
        if (!attributeOf(stage.users, 'userName')?.required) skip('userName isn’t required here.')
        const made = await stage.create(stage.users)
        const { userName, ...body } = made.sent
        return stage.put(made.path, body)
      },
    },
    {
      id: 'refuses-immutable',
      says: 'PUT with another value of an immutable attribute is refused.',
      requirements: ['R-162'],
      matters: 'The client believes that it was changed.',
      mend: 'Compare immutable attributes with what is stored, and answer 400 mutability when they differ.',
      scimTypes: ['mutability'],
      send: async stage => {
        for (const type of stage.types) {
          const found = type.attributes.find(
            one => one.mutability === 'immutable' && one.type === 'string' && !one.multiValued,
          )
          if (!found) continue
          const made = await stage.create(type, { [found.name]: stage.unique() })
          return stage.put(made.path, { ...made.sent, [found.name]: stage.unique() })
        }
        return skip('No type has an immutable text.')
      },
    },
  ]),
]
