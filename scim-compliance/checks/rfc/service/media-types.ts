import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, shown, skip } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { posted, postedText } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { transportArea } from './areas.ts'

const scimJson = 'application/scim+json'

const mediaType = ({ headers }: Answer): string =>
  (headers['content-type'] ?? '').replace(/;.*/, '').trim().toLowerCase()

async function expectPosted(stage: Stage, contentType: string): Promise<void> {
  const body = stage.sample(stage.users)
  const answer = await posted(stage, stage.users, body, { 'content-type': contentType })
  expectStatus(answer, 201)
}

const contentTypes = [
  { id: 'scim-json', type: scimJson },
  { id: 'json', type: 'application/json' },
  { id: 'scim-json-charset', type: `${scimJson}; charset=utf-8` },
  { id: 'json-charset', type: 'application/json; charset=utf-8' },
] as const

export const checks: readonly Check[] = checksOf(transportArea, [
  {
    id: 'accept-scim-json',
    level: 'MUST',
    says: 'A request that accepts application/scim+json is answered with that type.',
    requirements: ['R-002'],
    matters: 'Strict clients and API gateways refuse answers of a type they didn’t ask for.',
    mend: 'Answer with Content-Type: application/scim+json.',
    run: async stage => {
      const answer = await stage.get('/ServiceProviderConfig', { accept: scimJson })
      if (answer.status !== 200) skip(`/ServiceProviderConfig is answered with ${answer.status}.`)
      expectEqual(mediaType(answer), scimJson, 'Content-Type', answer)
    },
  },
  {
    id: 'accept-scim-json-resource',
    level: 'MUST',
    says: 'Created, read and listed resources have the type application/scim+json when that is accepted.',
    requirements: ['R-002'],
    matters:
      'Client libraries pick the decoder by the media type; SCIM libraries register theirs for scim+json.',
    mend: 'Set the Content-Type in one place for all answers, not for discovery alone.',
    needs: ['write', 'users'],
    run: async stage => {
      const { path, answer } = await stage.create(stage.users)
      const accept = { accept: scimJson }
      const answers = [
        answer,
        await stage.get(path, accept),
        await stage.get(`${stage.users.endpoint}?count=1`, accept),
      ]
      for (const one of answers)
        if (one.status < 300) expectEqual(mediaType(one), scimJson, 'Content-Type', one)
    },
  },
  {
    id: 'accept-json',
    level: 'SHOULD',
    says: 'A request that accepts application/json is answered with JSON.',
    requirements: ['R-003'],
    matters: 'Most HTTP tools accept application/json only.',
    mend: 'Answer requests that accept application/json, with either of the two types; don’t answer 406.',
    run: async stage => {
      const answer = await stage.get('/ServiceProviderConfig', { accept: 'application/json' })
      expectStatus(answer, 200)
      const types = [scimJson, 'application/json']
      expectThat(
        types.includes(mediaType(answer)),
        types.join(' or '),
        answer.headers['content-type'],
        answer,
      )
    },
  },
  {
    id: 'no-accept',
    level: 'SHOULD',
    says: 'Without Accept, or with */*, application/scim+json is the type of the answer.',
    requirements: ['R-003'],
    matters: 'A client that names no type expects SCIM’s own.',
    mend: 'Make application/scim+json the default type.',
    run: async stage => {
      for (const accept of ['', '*/*']) {
        const answer = await stage.get('/ServiceProviderConfig', { accept })
        expectStatus(answer, 200)
        expectEqual(mediaType(answer), scimJson, `Content-Type for Accept: ${shown(accept)}`, answer)
      }
    },
  },
  ...contentTypes.map(({ id, type }) => ({
    id: `content-type-${id}`,
    level: 'SHOULD' as const,
    says: `A body sent as ${type} is taken.`,
    requirements: ['R-004'],
    matters:
      'Entra sends application/scim+json; charset=utf-8, AWS’s sync tool application/scim+json, others plain application/json.',
    mend: 'Compare media types without their parameters, and take application/scim+json as well as application/json.',
    needs: ['write', 'users'] as const,
    run: (stage: Stage) => expectPosted(stage, type),
  })),
  {
    id: 'content-type-refused',
    level: 'practice',
    says: 'A body of another media type is refused with 415.',
    requirements: ['R-004'],
    matters: 'A body that was meant as something else is misread, and forms can be posted across sites.',
    mend: 'Answer 415 unless the Content-Type is application/scim+json or application/json.',
    needs: ['write', 'users'],
    run: async stage => {
      const body = JSON.stringify(stage.sample(stage.users))
      const answer = await postedText(stage, body, { 'content-type': 'text/plain' })
      expectStatus(answer, 415)
    },
  },
])
