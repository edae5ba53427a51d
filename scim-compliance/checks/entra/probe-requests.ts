import type { Check } from '../../check.ts'
import { expectStatus, expectThat } from '../../expect.ts'
import { lookUp } from '../tools/look-ups.ts'
import { nobody } from '../tools/people.ts'
import { flagged, gallery, probeCheck } from './areas.ts'
import { lookUpNobody, needProbe } from './look-up-nobody.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  probeCheck({
    id: 'bare-headers',
    says: 'A GET without Content-Type, Accept and User-Agent is served.',
    source: sources.noContentType,
    matters: 'Entra ID sends no Content-Type with a GET, and has been seen without a User-Agent.',
    mend: 'Ask for a Content-Type only where there is a body, and refuse nobody for a missing Accept or User-Agent.',
    effect: 'quarantine',
    leadsTo: 'The probe is rejected for headers that Entra doesn’t send, and the job is quarantined at once.',
    run: async stage => {
      await needProbe(stage)
      const headers = { 'Content-Type': '', Accept: '', 'User-Agent': '' }
      expectStatus(await lookUpNobody(stage, headers), 200)
    },
  }),
  probeCheck({
    id: 'any-accept',
    says: 'A GET with Accept: */* is served.',
    source: sources.tutorial,
    matters: 'What Entra ID accepts isn’t documented; 406 breaks its probe.',
    mend: 'Answer application/scim+json to Accept: */*.',
    effect: 'quarantine',
    when: 'Entra sends Accept: */*, which isn’t documented',
    leadsTo: 'The probe is rejected, and the job is quarantined at once.',
    run: async stage => {
      await needProbe(stage)
      const answer = await lookUpNobody(stage, { Accept: '*/*' })
      expectStatus(answer, 200)
    },
  }),
  probeCheck({
    id: 'media-type',
    level: 'MUST',
    says: 'Answers are application/scim+json.',
    source: sources.tutorial,
    matters: 'Microsoft’s tutorial asks for it, and its validator stops at application/json.',
    mend: 'Answer everything with Content-Type: application/scim+json.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s validator stops.',
    run: async stage => {
      await needProbe(stage)
      const answer = await lookUpNobody(stage)
      const type = answer.headers['content-type'] ?? ''
      expectThat(/^application\/scim\+json\b/i.test(type), 'application/scim+json', type, answer)
    },
  }),
  probeCheck({
    id: 'flag-in-the-query',
    says: 'A bare query key that the server doesn’t know is passed over.',
    source: sources.compatibility,
    matters:
      'The flag aadOptscim062020 stands in the tenant’s address, and may come along with each request.',
    mend: 'Ignore query parameters that aren’t SCIM’s.',
    effect: 'quarantine',
    when: flagged,
    leadsTo: 'The probe is rejected, and the job is quarantined at once.',
    run: async stage => {
      await needProbe(stage)
      const path = lookUp(stage.users, `userName eq "${nobody()}"`, 'aadOptscim062020&')
      expectStatus(await stage.get(path), 200)
    },
  }),
  probeCheck({
    id: 'trailing-slash',
    says: 'A look-up with a slash before its question mark is served.',
    source: sources.trailingSlash,
    matters: 'Microsoft’s own Postman collection writes /Users/?filter=….',
    mend: 'Take /Users/ for /Users.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s Postman collection fails.',
    run: async stage => {
      await needProbe(stage)
      const path = lookUp(stage.users, `userName eq "${nobody()}"`).replace('?', '/?')
      expectStatus(await stage.get(path), 200)
    },
  }),
]
