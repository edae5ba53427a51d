import type { Check } from '../../check.ts'
import { expectEqual, expectError, expectThat, objectIn } from '../../expect.ts'
import type { Answer } from '../../stage.ts'
import { errorUrn } from '../../urns.ts'
import { createUser, nobody } from '../tools/people.ts'
import { posted } from '../tools/posted.ts'
import { errorsCheck, testedAgainstAws } from './areas.ts'
import { expectRefused, sources } from './aws-checks.ts'

const likeAws = (answer: Answer): void => {
  const body = objectIn(answer)
  const { exceptionRequestId = null, timeStamp = null, schema } = body
  expectThat(typeof exceptionRequestId === 'string', 'exceptionRequestId', exceptionRequestId, answer)
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}$/
  expectThat(time.test(String(timeStamp)), 'timeStamp like 2026-03-04 05:06:07.12', timeStamp, answer)
  expectEqual(schema, [errorUrn], 'schema', answer)
}

export const checks: readonly Check[] = [
  errorsCheck({
    id: 'body',
    level: 'SHOULD',
    says: 'An error has schema beside schemas, an exceptionRequestId and a timeStamp.',
    source: sources.errors,
    matters: testedAgainstAws,
    mend: 'Send both lists, a UUID, and the time like 2026-03-04 05:06:07.12.',
    needs: ['users'],
    run: async stage => {
      const answer = await stage.get(`${stage.users.endpoint}/${nobody()}`)
      expectError(answer, 404)
      likeAws(answer)
    },
  }),
  ...(
    [
      ['user', 'user who', 'USER does not exist.', 'SHOULD'],
      ['group', 'group that', 'GROUP does not exist.', 'MAY'],
    ] as const
  ).map(([name, words, detail, level]) =>
    errorsCheck({
      id: `missing-${name}`,
      level,
      says: `A ${words} doesn’t exist is answered with 404 and "${detail}"`,
      source: sources.missing,
      matters: 'idp-scim-sync has been seen to depend on the text.',
      mend: `Send "${detail}" as detail.`,
      needs: [name === 'user' ? 'users' : 'groups'],
      run: async stage => {
        const type = name === 'user' ? stage.users : stage.groups
        const answer = await stage.get(`${type.endpoint}/${nobody()}`)
        expectError(answer, 404)
        expectEqual(objectIn(answer).detail, detail, 'detail', answer)
      },
    }),
  ),
  errorsCheck({
    id: 'conflict',
    // The text was seen by one client; AWS documents the status only.
    level: 'MAY',
    says: 'A double is answered with 409 and AWS’s text, without scimType.',
    source: sources.conflict,
    matters: testedAgainstAws,
    mend: 'Send "Refused to create a new, duplicate resource."',
    run: async stage => {
      const { sent } = await createUser(stage)
      const answer = await posted(stage, stage.users, sent)
      expectError(answer, 409)
      const { detail = null, scimType = null } = objectIn(answer)
      expectEqual(
        { detail, scimType },
        { detail: 'Refused to create a new, duplicate resource.', scimType: null },
        'the error',
        answer,
      )
    },
  }),
  errorsCheck({
    id: 'bad-json',
    level: 'MUST',
    says: 'A body that isn’t JSON is answered with 400.',
    source: sources.createUser,
    matters: testedAgainstAws,
    mend: 'Answer 400 with a SCIM error.',
    run: async stage => {
      await createUser(stage)
      expectRefused(await stage.send('POST', stage.users.endpoint, { body: '{"userName": ' }))
    },
  }),
]
