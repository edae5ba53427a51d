import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { checksOf } from '../checks-of.ts'
import { metaArea } from './areas.ts'
import { metaOf } from './meta-of.ts'
import { expectLeadsTo, resolved } from './references.ts'

export const checks: readonly Check[] = checksOf(metaArea, [
  {
    id: 'location',
    level: 'MUST',
    says: 'meta.location is the URI of the resource, absolute or relative: a GET of it returns the resource.',
    requirements: ['R-051', 'R-034'],
    matters: 'Clients that follow it would go astray.',
    mend: 'Build locations from the address that the client used, also behind a proxy.',
    run: async stage => {
      const { id, answer } = await stage.create(stage.users)
      const location = metaOf(answer, 'location')
      expectThat(typeof location === 'string', 'meta.location', location, answer)
      await expectLeadsTo(stage, location, id, answer)
    },
  },
  {
    id: 'location-absolute',
    level: 'practice',
    says: 'meta.location is an absolute URI.',
    requirements: ['R-051', 'R-034'],
    matters: 'Clients that take it as it is have nothing that they could request.',
    mend: 'Put the scheme and host that the client used before the path.',
    run: async stage => {
      const { answer } = await stage.create(stage.users)
      const location = metaOf(answer, 'location')
      if (typeof location !== 'string') return skip('There is no meta.location.')
      expectThat(URL.canParse(location), 'an absolute URI', location, answer)
    },
  },
  {
    id: 'location-host',
    level: 'SHOULD',
    says: 'meta.location has the scheme and host that the client used.',
    requirements: ['R-011', 'R-051'],
    matters: 'Clients outside can’t follow a host name that is known only inside.',
    mend: 'Use X-Forwarded-Proto and X-Forwarded-Host behind a proxy, or set the public address.',
    run: async stage => {
      const { answer } = await stage.create(stage.users)
      const location = metaOf(answer, 'location')
      if (typeof location !== 'string' || !URL.canParse(location))
        return skip('meta.location is no absolute URI.')
      expectEqual(new URL(location).origin, new URL(stage.service.url).origin, 'scheme and host', answer)
    },
  },
  {
    id: 'content-location',
    level: 'MUST',
    says: 'A Content-Location or Location header is the same as meta.location.',
    requirements: ['R-051'],
    matters: 'Clients use the one or the other.',
    mend: 'Write both from one value.',
    run: async stage => {
      const { path, answer } = await stage.create(stage.users)
      for (const one of [answer, await stage.get(path)])
        for (const name of ['location', 'content-location']) {
          const header = one.headers[name]
          const location = metaOf(one, 'location')
          if (header !== undefined && typeof location === 'string')
            expectEqual(resolved(stage, header), resolved(stage, location), name, one)
        }
    },
  },
  {
    id: 'version',
    level: 'SHOULD',
    source: 'RFC 7643 §3.1, RFC 9110 §8.8.3',
    says: 'meta.version is an entity tag: in quotation marks, with W/ before it when it is weak.',
    requirements: ['R-052'],
    matters: 'Clients send it back in If-Match; what isn’t an entity tag is refused on the way.',
    mend: 'Write versions as W/"3" or "3".',
    run: async stage => {
      const { answer } = await stage.create(stage.users)
      const version = metaOf(answer, 'version')
      if (version === undefined) skip('There is no meta.version.')
      expectThat(/^(W\/)?"[^"]*"$/.test(String(version)), 'an entity tag', version, answer)
    },
  },
  ...(['users', 'groups'] as const).map(type => ({
    id: `type-${type}`,
    level: 'MUST' as const,
    source: 'RFC 7643 §3.1, RFC 7644 §3.3.1',
    says: `meta.resourceType of ${type} is the name of their resource type.`,
    requirements: ['R-053'],
    matters: 'In lists of several types clients tell the resources apart by it.',
    mend: 'Set meta.resourceType from the endpoint.',
    needs: [type],
    run: async (stage: Stage) => {
      const { answer } = await stage.create(stage[type])
      expectEqual(metaOf(answer, 'resourceType'), stage[type].name, 'meta.resourceType', answer)
    },
  })),
])
