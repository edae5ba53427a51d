import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, shown, skip } from '../../../expect.ts'
import { at, isUnassigned, needWritable, textOf, valuesAt, writable } from '../../tools/attributes.ts'
import { needNull } from '../../tools/controls.ts'
import { made, postedSample } from '../../tools/posted.ts'
import { expectReplaced } from '../../tools/puts.ts'
import { checksOf } from '../checks-of.ts'

export const checks: readonly Check[] = checksOf(
  { area: 'values', section: 'Resource model', source: 'RFC 7643 §2.4', needs: ['write', 'users'] },
  [
    {
      id: 'null-is-absent',
      level: 'MUST',
      source: 'RFC 7643 §2.5',
      says: 'An attribute that is created with null isn’t there.',
      requirements: ['R-040'],
      matters:
        'Many libraries send null for what a person doesn’t have, as a sample of Microsoft’s does; a refusal loses the person.',
      mend: 'Treat null like an attribute that wasn’t sent, and don’t return it.',
      run: async stage => {
        const text = textOf(stage.users)
        const answer = await made(stage, stage.users, stage.sample(stage.users, { [text]: null }))
        expectThat(isUnassigned(at(answer.body, text)), `no ${text}`, at(answer.body, text), answer)
      },
    },
    {
      id: 'empty-is-absent',
      level: 'MUST',
      source: 'RFC 7643 §2.5',
      says: 'A multi-valued attribute that is created with an empty array isn’t there.',
      requirements: ['R-040'],
      matters: 'Clients send [] for nobody’s phone numbers; a refusal loses the person.',
      mend: 'Treat [] like an attribute that wasn’t sent, and don’t return it.',
      run: async stage => {
        const phones = writable(stage.users, 'phoneNumbers')
        if (phones.required) skip('phoneNumbers is required.')
        const answer = await made(stage, stage.users, stage.sample(stage.users, { phoneNumbers: [] }))
        const got = at(answer.body, 'phoneNumbers')
        expectThat(isUnassigned(got), 'no phoneNumbers', got, answer)
      },
    },
    {
      id: 'null-clears',
      level: 'MUST',
      source: 'RFC 7643 §2.5',
      says: 'Replacing an attribute with null clears it, and it isn’t returned any more.',
      requirements: ['R-040'],
      matters: 'What somebody no longer has, such as a title, stays for ever.',
      mend: 'Let null take a value away, in PUT as in PATCH.',
      run: async stage => {
        const text = textOf(stage.users)
        const { path, body, sent } = await stage.create(stage.users, { [text]: stage.unique() })
        if (at(body, text) === undefined) skip(`${text} isn’t kept.`)
        await needNull(stage, text)
        expectReplaced(await stage.put(path, { ...sent, [text]: null }))
        const answer = await stage.get(path)
        expectThat(isUnassigned(at(answer.body, text)), `no ${text}`, at(answer.body, text), answer)
      },
    },
    {
      id: 'unassigned-not-returned',
      level: 'SHOULD',
      source: 'RFC 7643 §2.5, RFC 7644 §3.4.2.5',
      says: 'What has no value isn’t returned, neither as null nor as an empty array.',
      requirements: ['R-040'],
      matters: 'Typed clients fail to read null where a text or a list is expected.',
      mend: 'Leave attributes without a value out of representations.',
      run: async stage => {
        const { path } = await stage.create(stage.users)
        const answer = await stage.get(path)
        const empty = Object.entries(objectIn(answer))
          .filter(([, value]) => isUnassigned(value))
          .map(([name]) => name)
        expectEqual(empty, [], 'attributes without a value', answer)
      },
    },
    {
      id: 'two-primaries',
      level: 'MUST',
      source: 'RFC 7643 §2.4',
      says: 'Two primary values are refused, or at most one of them stays primary.',
      requirements: ['R-037'],
      matters: 'Clients take “the primary address” for one; with two, mail goes to the wrong one.',
      mend: 'Refuse a second primary value with 400, or take it back from the others.',
      run: async stage => {
        needWritable(stage.users, 'emails', 'emails.primary')
        const emails = ['work', 'home'].map(type => ({
          value: `${stage.unique()}@example.com`,
          type,
          primary: true,
        }))
        const answer = await postedSample(stage, stage.users, { emails })
        expectStatus(answer, 201, 400)
        const primaries = valuesAt(answer.body, 'emails').filter(({ primary }) => primary === true)
        expectThat(primaries.length <= 1, 'at most one primary value', shown(primaries), answer)
      },
    },
    {
      id: 'repeated-values',
      level: 'SHOULD',
      source: 'RFC 7643 §2.4',
      says: 'The same value with the same type is returned once, however often it was sent.',
      requirements: ['R-039'],
      matters: 'Clients that compare lists see a difference with every cycle.',
      mend: 'Fold values with the same value and type when writing.',
      run: async stage => {
        needWritable(stage.users, 'emails')
        const email = { value: `${stage.unique()}@example.com`, type: 'work' }
        const answer = await postedSample(stage, stage.users, { emails: [email, email] })
        expectStatus(answer, 201, 400)
        if (answer.status === 400) return
        const same = valuesAt(answer.body, 'emails').filter(({ value }) => value === email.value)
        expectEqual(same.length, 1, 'number of equal values', answer)
      },
    },
  ],
)
