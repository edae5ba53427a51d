import type { Check } from '../../check.ts'
import { expectError, expectStatus, expectThat } from '../../expect.ts'
import { createUser, nobody, person } from '../tools/people.ts'
import { posted } from '../tools/posted.ts'
import { needListed } from './accepted.ts'
import { serviceCheck, testedAgainstAws } from './areas.ts'
import { sources } from './aws-checks.ts'

export const checks: readonly Check[] = [
  serviceCheck({
    id: 'media-type',
    // As AWS's samples have it; no sentence says so.
    level: 'SHOULD',
    says: 'Answers are application/json.',
    source: sources.requests,
    matters: testedAgainstAws,
    mend: 'Answer application/json.',
    needs: ['users'],
    run: async stage => {
      const answer = await stage.get(`${stage.users.endpoint}?count=1`)
      const type = answer.headers['content-type'] ?? ''
      expectThat(/^application\/json\b/.test(type), 'application/json', type, answer)
    },
  }),
  ...(['application/json', 'application/scim+json'] as const).map(type =>
    serviceCheck({
      id: `takes-${type === 'application/json' ? 'json' : 'scim-json'}`,
      level: 'SHOULD',
      says: `A body of ${type} is taken.`,
      source: type === 'application/json' ? sources.terraform : sources.ssosync,
      matters: `${type === 'application/json' ? 'The Terraform provider sends' : 'ssosync and idp-scim-sync send'} it.`,
      mend: 'Take both media types.',
      needs: ['write', 'users'],
      effect: 'escrow',
      leadsTo: `Clients that send ${type} create nobody.`,
      run: async stage => {
        const body = stage.sample(stage.users, person(stage))
        const answer = await posted(stage, stage.users, body, { 'Content-Type': type })
        expectStatus(answer, 201)
      },
    }),
  ),
  serviceCheck({
    id: 'request-id',
    level: 'MUST',
    says: 'Answers have an x-amzn-RequestId.',
    source: sources.createUser,
    matters: 'Clients log it for AWS’s support.',
    mend: 'Send a UUID in x-amzn-RequestId.',
    needs: ['users'],
    run: async stage => {
      const answer = await stage.get(`${stage.users.endpoint}?count=1`)
      const id = answer.headers['x-amzn-requestid'] ?? ''
      expectThat(/^[0-9a-f-]{36}$/i.test(id), 'x-amzn-RequestId', id, answer)
    },
  }),
  serviceCheck({
    id: 'no-location',
    level: 'MUST',
    says: 'A creation is answered without Location and ETag.',
    source: sources.createUser,
    matters: 'A client that goes by Location or ETag fails at AWS.',
    mend: 'Leave out Location and ETag.',
    needs: ['write', 'users'],
    run: async stage => {
      const { answer } = await createUser(stage)
      const { location, etag } = answer.headers
      expectThat(
        location === undefined && etag === undefined,
        'neither Location nor ETag',
        { location, etag },
        answer,
      )
    },
  }),
  ...(
    [
      ['wrong', 'A wrong token', `Bearer ${nobody()}`],
      ['missing', 'A request without a token', ''],
      ['basic', 'Another scheme than Bearer', 'Basic YTpi'],
    ] as const
  ).map(([name, says, Authorization]) =>
    serviceCheck({
      id: `${name}-token`,
      level: 'MUST',
      says: `${says} is answered with 401 and a SCIM error.`,
      source: sources.requests,
      matters: 'Clients tell by it that the token has ended after its year.',
      mend: 'Check the bearer token before anything else.',
      needs: ['users'],
      leadsTo: 'A token that has ended isn’t told as such.',
      ...(Authorization !== '' && { wrongCredentials: true }),
      run: async stage => {
        await needListed(stage)
        expectError(await stage.get(`${stage.users.endpoint}?count=1`, { Authorization }), 401)
      },
    }),
  ),
]
