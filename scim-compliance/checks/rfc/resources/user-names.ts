import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { expectFound } from '../../tools/lists.ts'
import { posted, postedSample } from '../../tools/posted.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { isReplaced } from '../../tools/puts.ts'
import { checksOf } from '../checks-of.ts'
import { userArea } from './areas.ts'
import { userNameOf } from './user-name-of.ts'

/** Skips where even a name that is exactly the same is accepted twice. */
async function needUnique(stage: Stage): Promise<void> {
  const userName = userNameOf(await stage.create(stage.users))
  if ((await postedSample(stage, stage.users, { userName })).status === 201)
    followsFrom('The same userName is accepted twice', 'rfc/user/name-unique')
}

/** A user with the first name conflicts with one that has the second. Skips where a server takes no such letters. */
async function expectClash(stage: Stage, first: string, second: string): Promise<void> {
  await needUnique(stage)
  const { status } = await postedSample(stage, stage.users, { userName: first })
  if (status === 400) skip('The server accepts no userName with letters beyond ASCII.')
  expectStatus(await postedSample(stage, stage.users, { userName: second }), 409)
}

export const checks: readonly Check[] = checksOf(userArea, [
  {
    id: 'name-required',
    level: 'MUST',
    source: 'RFC 7643 §4.1.1',
    says: 'A user without userName is refused with 400, or is given one by the server.',
    requirements: ['R-066', 'R-064'],
    matters: 'An account nobody can sign in to, and no client can find again.',
    mend: 'Require userName.',
    run: async stage => {
      const { userName: _, ...body } = stage.sample(stage.users)
      const answer = await posted(stage, stage.users, body)
      const given = at(answer.body, 'userName')
      if (answer.status !== 201 || typeof given !== 'string' || given === '') expectStatus(answer, 400)
    },
  },
  {
    id: 'name-not-empty',
    level: 'MUST',
    source: 'RFC 7643 §4.1.1',
    says: 'A user with an empty userName is refused with 400.',
    requirements: ['R-066'],
    matters: 'A mapping that yields nothing makes accounts without a name.',
    mend: 'Refuse a userName that is empty.',
    run: async stage => expectStatus(await postedSample(stage, stage.users, { userName: '' }), 400),
  },
  {
    id: 'name-unique',
    level: 'MUST',
    source: 'RFC 7643 §4.1.1',
    says: 'A userName that another user has is refused with 409.',
    requirements: ['R-066', 'R-063', 'R-086'],
    matters: 'Clients rely on 409 to link an account that is there; else there are two of one person.',
    mend: 'Put a unique index on userName, and answer 409 when it is violated.',
    run: async stage => {
      const user = await stage.create(stage.users)
      expectStatus(await postedSample(stage, stage.users, { userName: userNameOf(user) }), 409)
    },
  },
  {
    id: 'name-unique-without-case',
    level: 'MUST',
    source: 'RFC 7643 §4.1.1',
    says: 'A userName that differs from another’s in case only is refused with 409.',
    requirements: ['R-066'],
    matters: 'Two people could sign in under one name.',
    mend: 'Compare userName without case where it has to be unique.',
    run: async stage => {
      await needUnique(stage)
      const user = await stage.create(stage.users)
      const upper = userNameOf(user).toUpperCase()
      expectStatus(await postedSample(stage, stage.users, { userName: upper }), 409)
    },
  },
  {
    id: 'name-unique-put',
    level: 'MUST',
    source: 'RFC 7643 §4.1.1, RFC 7644 §3.5.1',
    says: 'A PUT with a userName that another user has is refused with 409 or 400.',
    requirements: ['R-066', 'R-165'],
    matters: 'A rename would make two accounts of one name.',
    mend: 'Check what has to be unique in updates as well.',
    run: async stage => {
      const taken = userNameOf(await stage.create(stage.users))
      const { path, sent } = await stage.create(stage.users)
      const control = await stage.put(path, sent)
      if (!isReplaced(control)) skip(`PUT is answered with ${control.status} without a conflict, too.`)
      expectStatus(await stage.put(path, { ...sent, userName: taken }), 409, 400)
    },
  },
  {
    id: 'name-found-without-case',
    level: 'MUST',
    source: 'RFC 7643 §4.1.1',
    says: 'A filter finds a userName whatever its case.',
    requirements: ['R-066', 'R-110'],
    matters: 'Entra looks people up before it makes them; whom it doesn’t find it tries to make again.',
    mend: 'Compare userName without case in filters.',
    needs: ['filter'],
    run: async stage => {
      const user = await stage.create(stage.users)
      const other = await stage.create(stage.users)
      const filter = `userName eq "${userNameOf(user).toUpperCase()}"`
      await expectFound(stage, stage.users, filter, [user], [other])
    },
  },
  {
    id: 'name-kept',
    level: 'practice',
    source: 'RFC 7643 §4.1.1',
    says: 'A userName comes back with the letters it was sent with.',
    requirements: ['R-084', 'R-062'],
    matters: 'Clients that compare see a difference and update again and again.',
    mend: 'Keep the name as it came, and a folded copy to compare with.',
    run: async stage => {
      const userName = userNameOf({ sent: stage.sample(stage.users) }).replace('check', 'Check')
      const { answer } = await stage.create(stage.users, { userName })
      expectEqual(at(answer.body, 'userName'), userName, 'userName', answer)
    },
  },
  {
    id: 'name-normalised',
    level: 'MUST',
    source: 'RFC 7644 §5',
    says: 'Two spellings of one userName in Unicode (é as one letter, or as e and an accent) are the same.',
    requirements: ['R-067'],
    matters: 'macOS and Windows spell them differently; two accounts look the same to everyone.',
    mend: 'Bring names to NFC and fold their case before comparing (PRECIS, RFC 8265).',
    run: async stage => {
      const name = userNameOf({ sent: stage.sample(stage.users) })
      await expectClash(stage, `\u00e9${name}`, `e\u0301${name}`)
    },
  },
  {
    id: 'name-folded-beyond-ascii',
    level: 'MUST',
    source: 'RFC 7644 §5',
    says: 'Case is folded beyond ASCII: É and é are the same in a userName.',
    requirements: ['R-067'],
    matters: 'lower() of some databases folds ASCII only, and lets Élodie in twice.',
    mend: 'Fold with Unicode’s rules, in the program if the database can’t.',
    run: async stage => {
      const name = userNameOf({ sent: stage.sample(stage.users) })
      await expectClash(stage, `\u00e9${name}`, `\u00c9${name}`)
    },
  },
])
