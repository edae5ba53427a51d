import type { Check } from '../../check.ts'
import { expectStatus, expectThat, objectIn, resourcesIn } from '../../expect.ts'
import { discoveryCheck, gallery } from './areas.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  discoveryCheck({
    id: 'schemas',
    level: 'MUST',
    says: '/Schemas is answered with a ListResponse.',
    source: sources.tutorial,
    matters: 'Gallery applications and Microsoft’s validator read it first.',
    mend: 'Serve /Schemas as a ListResponse of everything that can be provisioned.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo:
      'Administrators don’t find the server’s own attributes when they map, and the validator needs them by hand.',
    run: async stage => {
      const answer = await stage.get('/Schemas')
      expectThat(resourcesIn(answer).length > 0, 'schemas', objectIn(answer), answer)
    },
  }),
  discoveryCheck({
    id: 'schemas-without-nulls',
    level: 'MUST',
    says: '/Schemas has no nulls.',
    source: sources.tutorial,
    matters: 'Entra ID’s reading of schemas breaks at null.',
    mend: 'Leave out what has no value.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo:
      'The provisioning page can’t read the schemas, and administrators don’t find the server’s attributes.',
    run: async stage => {
      const answer = await stage.get('/Schemas')
      expectStatus(answer, 200)
      expectThat(!/:\s*null\b/.test(answer.text), 'no null', 'null in the body', answer)
    },
  }),
  discoveryCheck({
    id: 'schemas-have-user-name',
    says: '/Schemas describes userName.',
    source: sources.validator,
    matters: 'Microsoft’s validator makes its users of what it finds there.',
    mend: 'Describe the attributes of users, userName among them.',
    needs: ['users'],
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s validator can’t make users of the server’s schemas.',
    run: async stage => {
      const answer = await stage.get('/Schemas')
      const user = resourcesIn(answer).find(({ id }) => id === stage.users.schema)
      expectThat(user !== undefined, `the schema ${stage.users.schema}`, objectIn(answer), answer)
      const names = Array.isArray(user.attributes) ? JSON.stringify(user.attributes) : ''
      expectThat(names.includes('"userName"'), 'an attribute userName', names, answer)
    },
  }),
  ...(['ResourceTypes', 'ServiceProviderConfig'] as const).map(name =>
    discoveryCheck({
      id: name === 'ResourceTypes' ? 'resource-types' : 'service-provider-config',
      says: `/${name} is served.`,
      source: sources.referenceCode,
      matters: 'Microsoft’s checklist for the gallery asks for it.',
      mend: `Serve /${name} (RFC 7644 §4).`,
      effect: 'shown-wrong',
      when: gallery,
      leadsTo: 'The test of this endpoint fails.',
      run: async stage => {
        const answer = await stage.get(`/${name}`)
        expectStatus(answer, 200)
        const { schemas } = objectIn(answer)
        expectThat(Array.isArray(schemas), 'an answer with schemas', schemas, answer)
      },
    }),
  ),
]
