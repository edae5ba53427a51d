import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, objectIn, skip } from '../../../expect.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { at, extended, needWritable, sortedValues, textOf, writable } from '../../tools/attributes.ts'
import { needNull } from '../../tools/controls.ts'
import { withMembers } from '../../tools/patches.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { expectReplaced } from '../../tools/puts.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { putArea } from './areas.ts'
import { replaced } from './replaced.ts'

const lost = 'Clients that replace resources, such as Okta, believe that it is as they sent it; it isn’t.'

export const checks: readonly Check[] = checksOf(putArea, [
  {
    id: 'answers-200',
    level: 'SHOULD',
    says: 'PUT is answered with 200 and the resource.',
    requirements: ['R-165'],
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
      expectReplaced(answer)
      expectEqual((await readAgain(stage, made.path)).displayName, displayName, 'displayName', answer)
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
      if (answer.status >= 400) followsFrom('PUT of groups is refused', 'rfc/put/groups')
      expectReplaced(answer)
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
      expectReplaced(answer)
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
      if (answer.status === 204) skip('PUT is answered without a body.')
      expectReplaced(answer)
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
      const emails = (name: string) => [{ type: 'work', value: `${name}-${mark}@example.com`, primary: true }]
      const made = await stage.create(stage.users, { emails: emails('old') })
      const answer = await stage.put(made.path, { ...made.sent, emails: emails('new') })
      expectReplaced(answer)
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
      expectReplaced(answer)
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
      await needNull(stage, text)
      const answer = await stage.put(made.path, { ...made.sent, [text]: null })
      expectReplaced(answer)
      expectEqual(at(await readAgain(stage, made.path), text) ?? undefined, undefined, text, answer)
    },
  },
])
